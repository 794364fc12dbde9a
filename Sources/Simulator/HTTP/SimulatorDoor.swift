internal import Foundation
internal import RotationCore

/// Takes a call to the world or to the app, and lets faults strike on the way in and out.
struct SimulatorDoor: Sendable {
  let world: SimulatedWorld
  let app: SimulatedApp?
  let host: VercelHost?
  let faults: FaultInjector
  let clock: (any TravellingClock)?

  func deliver(_ call: SimulatorCall) async -> Delivery {
    switch call.destination {
    case .control(let route): Delivery(answer: await control(route, body: call.body), date: world.serverTime)
    case .route(let route): await deliver(route, call)
    }
  }

  private func deliver(_ route: SimulatorRoute, _ call: SimulatorCall) async -> Delivery {
    let struck = faults.strike(route, client: call.client)
    for case .delay(let duration) in struck {
      // A server that shuts down ends the wait; what was asked still happens.
      try? await Task.sleep(for: duration)
    }
    var delivery = Delivery(answer: SimulatedAnswer(status: 503), date: world.serverTime)
    if struck.contains(where: \.preventsEffect) {
      for fault in struck { fault.apply(to: &delivery) }
      for case .refusal(let refusal) in struck { delivery.answer = world.answer(to: refusal) }
      world.note(route, status: delivery.fate == .sent ? delivery.answer.status : 0)
    } else {
      if struck.contains(.replay) { _ = answer(route, call, struck) }
      delivery.answer = answer(route, call, struck)
      for fault in struck { fault.apply(to: &delivery) }
    }
    for case .edit(let edit) in struck { try? world.edit(edit) }
    return delivery
  }

  private func answer(_ route: SimulatorRoute, _ call: SimulatorCall, _ struck: [Fault]) -> SimulatedAnswer {
    let client = call.client ?? ClientID("")
    var landing: Duration?
    for case .late(let delay) in struck { landing = delay }
    switch route {
    case .token: return world.token(contentType: call.contentType, body: call.body)
    case .metadata: return world.metadata()
    case .serverKeys: return world.serverKeys()
    case .clientRead: return world.readClient(client, authorization: call.authorization)
    case .keysRead:
      return world.readKeys(of: client, authorization: call.authorization, stale: struck.contains(.stale))
    case .keysWrite:
      return world.replaceKeys(
        of: client, with: call.body, authorization: call.authorization, status: call.isPut ? 200 : nil,
        landing: landing)
    case .keysDelete: return world.removeKeys(of: client, authorization: call.authorization, landing: landing)
    case .vercelRead, .vercelEnvironment, .vercelDeploy, .vercelTraffic:
      guard let host, let asked = call.vercel else { return SimulatedAnswer(status: 404) }
      let answer = host.answer(asked, base: world.address)
      world.note(route, status: answer.status)
      return answer
    case .readiness, .signer, .reload, .call:
      if let deployment = call.deployment { return immutable(deployment, route, call) }
      guard let app else { return SimulatedAnswer(status: 404, json: ["error": "no app is deployed"]) }
      let answer = app.answer(route, authorization: call.authorization, now: world.serverTime)
      if route != .call { world.note(route, status: answer.status) }
      return answer
    }
  }

  /// One deployment at its own address, live or not.
  private func immutable(_ id: String, _ route: SimulatorRoute, _ call: SimulatorCall) -> SimulatedAnswer {
    guard let host, let app, let variables = host.variables(of: id) else {
      return SimulatedAnswer(status: 404, json: ["error": "no such deployment"])
    }
    guard host.admits(bypass: call.bypass) else {
      return SimulatedAnswer(status: 401, json: ["error": "authentication required"])
    }
    guard let one = try? app.running(variables) else {
      return SimulatedAnswer(status: 503, json: ["error": "not started"])
    }
    return one.answer(route, authorization: call.authorization, now: world.serverTime)
  }
}
