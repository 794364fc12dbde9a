internal import Foundation

extension RotationRun {
  /// The portal lists the incoming key. In a manual portal a token is the evidence, and one with the outgoing key too,
  /// since the page may have replaced the set. Also the repair that puts a vanished incoming key back.
  func publishKey(_ row: Transition, _ facts: Facts) async throws {
    guard let incoming = rotation.incoming, let phase = row.to.first else { return }
    if let portal = world.portal, facts.portal != .manual {
      let edit = try await editPortal(portal, .publishKey, add: incoming, facts: facts)
      move(to: phase, by: .publishKey, kid: incoming.kid, edit.details)
    } else {
      try await proveByHand(.published, key: incoming, alsoAccepted: rotation.emergency ? nil : rotation.outgoing)
      rotation.listedSince[incoming.kid] = rotation.listedSince[incoming.kid] ?? rotation.lastGrant[incoming.kid]?.at
      // Nobody said when it was listed: the first node knows it now, the others by the propagation time.
      if rotation.attestations[.published] == nil { rotation.lastPortalAct = clock.now() }
      move(to: phase, by: .publishKey, kid: incoming.kid, ["by_hand": true])
    }
    rotation.publishedAt = rotation.publishedAt ?? clock.now()
  }
}
