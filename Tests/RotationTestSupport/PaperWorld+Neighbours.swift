internal import Foundation
internal import RotationCore

extension PaperWorld {
  struct Endpoint: TokenEndpoint {
    let world: PaperWorld

    func attempt(with signer: any AssertionSigner) async -> TokenAttempt {
      await world.pause()
      let key = signer.reference
      let now = world.clock.now()
      let dead = TokenAttempt.trouble(
        NeighbourTrouble(neighbour: "maskinporten", kind: .unreachable, detail: "refused"))
      do { try world.point("token") } catch { return dead }
      if world.look(\.maskinportenDead) { return dead }
      if let trouble = world.takeTrouble() { return .trouble(trouble) }
      if world.accepts(key) {
        return world.look(\.deniedScopes).isEmpty
          ? .granted(TokenGrant(kid: key.kid, at: now, lifetime: 120))
          : .refused(TokenRefusal(kid: key.kid, at: now, reason: .scopeDenied, status: 400, error: "invalid_scope"))
      }
      let reason: TokenRefusal.Reason = world.look { state in
        if state.expired.contains(key.kid) { return .expiredKey }
        let isMistaken = state.mistakenUntil[key.kid].map { now < $0 } ?? false
        return isMistaken || state.keys.contains { $0.kid == key.kid && !$0.isSame(as: key) }
          ? .wrongSignature : .unknownKid
      }
      return .refused(
        TokenRefusal(
          kid: key.kid, at: now, reason: reason, status: 400, error: "invalid_grant",
          text: "Unknown key identifier (kid) for client."))
    }

    func attempt(with signer: any AssertionSigner, for scope: String) async -> TokenAttempt {
      let attempt = await attempt(with: signer)
      guard case .refused(let refusal) = attempt, refusal.reason == .scopeDenied,
        !world.look(\.deniedScopes).contains(scope)
      else { return attempt }
      return .granted(TokenGrant(kid: refusal.kid, at: refusal.at, lifetime: 120, scope: scope))
    }

    func metadata() async throws -> ServerMetadata {
      await world.pause()
      try world.point("metadata")
      if world.look(\.maskinportenDead) {
        throw NeighbourTrouble(neighbour: "maskinporten", kind: .unreachable, detail: "refused")
      }
      let now = world.clock.now()
      return ServerMetadata(
        issuer: world.look(\.issuer), tokenEndpoint: "https://m/token",
        serverDate: now.addingTimeInterval(-world.look(\.clockAhead)), readAt: now)
    }
  }

  struct Portal: ClientPortal {
    let world: PaperWorld

    func read() async throws -> PortalKeySet {
      await world.pause()
      try world.point("read portal")
      if world.look(\.portalDead) {
        throw NeighbourTrouble(neighbour: "portal", kind: .unreachable, detail: "no answer")
      }
      return world.look { PortalKeySet(keys: $0.keys, created: $0.created) }
    }

    func replace(with keys: [PortalKey]) async throws {
      await world.pause()
      try world.point("before replace")
      let fault = world.takeFault(\.portalFaults)
      switch fault {
      case .dropBefore: throw NeighbourTrouble(neighbour: "portal", kind: .unanswered, detail: "dropped")
      case .refuse: throw NeighbourTrouble(neighbour: "portal", kind: .rejected, detail: "400 invalid")
      case .dead: throw NeighbourTrouble(neighbour: "portal", kind: .unreachable, detail: "no answer")
      case .late:
        let now = world.clock.now()
        world.change {
          $0.lateSince = now
          $0.lateBase = $0.keys
          $0.latePlaces = $0.places
          $0.lateWrite = keys
        }
        try world.point("after hold")
        throw NeighbourTrouble(neighbour: "portal", kind: .unanswered, detail: "dropped")
      case .dropAfter, .half, nil: break
      }
      world.replaceKeys(keys, early: world.asksFirstNode)
      world.change { $0.replaced += 1 }
      try world.point("after replace")
      if case .dropAfter? = fault { throw NeighbourTrouble(neighbour: "portal", kind: .unanswered, detail: "dropped") }
    }
  }

  struct Target: DeploymentTarget {
    let world: PaperWorld
    let name: String

    var capabilities: TargetCapabilities {
      var set: TargetCapabilities = [.compareAndSwap, .readBack]
      if world.writesWhole { set.insert(.atomicPair) }
      if world.settlesAtOnce { set.insert(.settlesAtOnce) }
      if world.reloads { set.insert(.deploys) }
      return set
    }

    func preflight() async -> TargetPreflight {
      var preflight = TargetPreflight()
      if world.look({ $0.unready.contains(name) }) { preflight.problems = ["it is not ready"] }
      return preflight
    }

    func read() async -> TargetReading {
      await world.pause()
      do { try world.point("read target") } catch {
        return .unreadable(NeighbourTrouble(neighbour: name, kind: .unreachable, detail: "killed"))
      }
      if world.look(\.targetsDead) {
        return .unreadable(NeighbourTrouble(neighbour: name, kind: .unreachable, detail: "no answer"))
      }
      let place = world.look { $0.places[name] }
      guard let kid = place?.kid else { return .absent }
      guard let key = place?.name else { return .broken(problem: "\(kid) without a private key") }
      return .pair(SigningPair(kid: kid, privateKey: SecretBytes(utf8: "private \(key)")))
    }

    func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
      await world.pause()
      try world.point("before write")
      let kid = pair.kid
      let key = pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) }.replacing("private ", with: "")
      let fault = world.takeFault(\.targetFaults)
      switch fault {
      case .dropBefore: throw NeighbourTrouble(neighbour: name, kind: .unanswered, detail: "dropped")
      case .refuse: throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "400 invalid")
      case .dead: throw NeighbourTrouble(neighbour: name, kind: .unreachable, detail: "no answer")
      case .late:
        let now = world.clock.now()
        world.change {
          $0.lateSince = now
          let isKnown = $0.knownFrom[kid].map { now >= $0 } ?? false
          let isListed = isKnown && $0.keys.contains { $0.kid == kid && $0.n == key }
          let isRemembered = $0.knownUntil[kid].map { now < $0.until && $0.n == key } ?? false
          $0.lateSetting = LateSetting(
            target: name, kid: kid, name: key,
            wasAccepted: (isListed || isRemembered) && !$0.expired.contains(kid))
        }
        try world.point("after hold")
        throw NeighbourTrouble(neighbour: name, kind: .unanswered, detail: "dropped")
      case .half:
        world.change { $0.places[name]?.kid = kid }
        throw NeighbourTrouble(neighbour: name, kind: .unanswered, detail: "dropped")
      case .dropAfter, nil: break
      }
      guard world.look({ $0.places[name].flatMap { $0.name == nil ? nil : $0.kid } }) == expected else {
        throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "the content moved")
      }
      if world.look({ $0.closed.contains(name) }) {
        throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "closed")
      }
      world.change {
        $0.places[name]?.kid = kid
        $0.places[name]?.name = key
        $0.places[name]?.writes += 1
        $0.acts.append("write \(name) \(kid)")
      }
      try world.point("after write")
      if case .dropAfter? = fault { throw NeighbourTrouble(neighbour: name, kind: .unanswered, detail: "dropped") }
    }

    func settle(_ order: TargetOrder) async throws {
      world.change { $0.acts.append("settle \(name) \(order.kid)") }
    }

    func deploy(_ order: TargetOrder) async throws {
      await world.pause()
      try world.point("before deploy")
      if let limit = world.look({ $0.places[name]?.limited }), limit {
        throw NeighbourTrouble(neighbour: name, kind: .rateLimited, detail: "answered 429")
      }
      if world.look({ $0.places[name]?.reloadFails ?? false }) {
        throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "reload: exit 1")
      }
      let held = world.look { $0.places[name]?.kid }
      world.restart(name)
      world.change {
        $0.places[name]?.deploys += 1
        $0.acts.append("deploy \(name) \(held.map(\.rawValue) ?? "-")")
      }
      let refused = world.refusedSigners()
      world.change { $0.refusedSigners += refused }
      try world.point("after deploy")
    }
  }

  struct Beacon: SignerBeacon {
    let world: PaperWorld
    let name: String
    func signingKid() async throws -> KeyID {
      await world.pause()
      try world.point("beacon")
      guard let kid = world.look({ $0.beaconsDead ? nil : $0.places[name]?.running }) else {
        throw NeighbourTrouble(neighbour: name, kind: .unreachable, detail: "nothing runs")
      }
      return kid
    }
  }

  struct Readiness: ReadinessProbe {
    let world: PaperWorld
    func status() async throws -> ReadinessStatus {
      await world.pause()
      try world.point("readiness")
      if let trouble = world.look(\.readinessTrouble) { throw trouble }
      return world.look(\.readiness)
    }
  }
}
