internal import Foundation
internal import RotationCore

/// `/_simulator/…`: looking in from outside, and changing the world by hand.
extension SimulatorDoor {
  func control(_ route: ControlRoute, body: Data) async -> SimulatedAnswer {
    do {
      switch route {
      case .calls: return try callsAnswer()
      case .state: return stateAnswer()
      case .time:
        guard let clock else {
          return SimulatedAnswer(status: 409, json: ["error": "the simulator runs on the real clock"])
        }
        var members = try MemberReader(JSONValue(parsing: body), of: "the request")
        let seconds = try members.required(members.seconds("advance_seconds"), "advance_seconds")
        try members.end()
        try await clock.advance(by: seconds)
        return SimulatedAnswer(json: ["now": .string(world.serverTime.portalStamp)])
      case .keys:
        try world.edit(HandEdit(reading: JSONValue(parsing: body)))
        return stateAnswer()
      case .settings:
        var settings = world.settings
        try settings.turn(JSONValue(parsing: body))
        world.change { [settings] in $0 = settings }
        return stateAnswer()
      case .faults:
        for rule in try FaultPlan(parsing: body).rules { faults.add(rule) }
        return stateAnswer()
      case .noFaults:
        faults.clear()
        return stateAnswer()
      }
    } catch let failure as Failure {
      return SimulatedAnswer(status: 400, json: ["error": .string(failure.summary)])
    } catch is CancellationError {
      return SimulatedAnswer(status: 503)
    } catch {
      return SimulatedAnswer(status: 400, json: ["error": "the request cannot be read"])
    }
  }

  /// `counts` holds the token requests of everybody by kid, `app` those of the deployed app alone.
  private func callsAnswer() throws -> SimulatedAnswer {
    SimulatedAnswer(json: [
      "total": .integer(Int64(world.callCount)), "counts": Self.counts(world.grantCounts),
      "app": Self.counts(world.appGrantCounts), "calls": try JSONValue(encoding: world.calls),
    ])
  }

  private func stateAnswer() -> SimulatedAnswer {
    SimulatedAnswer(json: [
      "now": .string(world.serverTime.portalStamp), "issuer": .string(world.issuer),
      "clients": .array(world.snapshot()),
      "app": app.map { app in
        [
          "kid": app.signingKid.map { .string($0.rawValue) } ?? .null, "reloads": .integer(Int64(app.reloads)),
        ]
      } ?? .null,
      "faults": .array(
        faults.tally.map { ["seen": .integer(Int64($0.seen)), "struck": .integer(Int64($0.struck))] }),
    ])
  }

  private static func counts(_ counts: [KeyID: GrantCount]) -> JSONValue {
    .object(
      Dictionary(
        counts.map { kid, count in
          (
            kid.rawValue,
            ["granted": .integer(Int64(count.granted)), "refused": .integer(Int64(count.refused))] as JSONValue
          )
        }, uniquingKeysWith: { first, _ in first }))
  }
}

extension SimulatedWorld {
  /// Every client with the keys that the portal lists and the kids that each node accepts.
  fileprivate func snapshot() -> [JSONValue] {
    with { state, now in
      state.clients.values.sorted { $0.client.id.rawValue < $1.client.id.rawValue }.map { record in
        let nodes = (0..<max(1, state.settings.nodes)).map { node in
          JSONValue.array(record.keys.kids(at: node, now: now).map { .string($0.rawValue) })
        }
        return [
          "client_id": .string(record.client.id.rawValue), "active": .bool(record.client.isActive),
          "scopes": .array(record.client.scopes.map(JSONValue.string)),
          "keys": .array(record.keys.current.map { .object($0.members) }), "nodes": .array(nodes),
          "last_updated": .string(record.lastUpdated.portalStamp),
        ]
      }
    }
  }
}
