extension RotationRun {
  /// The outgoing key is back in the portal and accepted, N times in a row. Also the repair of a vanished outgoing key.
  func republishKey(_ row: Transition, _ facts: Facts) async throws {
    guard let phase = row.to.first else { return }
    let outgoing = rotation.outgoing
    var details: [String: JSONValue] = [:]
    if let portal = world.portal, facts.portal != .manual {
      details = try await editPortal(portal, .republishKey, add: outgoing, facts: facts).details
    }
    // A rollback goes on from here by what the outgoing key's tokens say, so that a repair must ask for them.
    if row.kind == .repair, rotation.rollback == nil {
      move(to: phase, by: .republishKey, kid: outgoing.kid, details)
      return
    }
    if world.portal == nil || facts.portal == .manual {
      try await proveByHand(.republished, key: outgoing, alsoAccepted: nil)
      details["by_hand"] = true
      rotation.listedSince[outgoing.kid] = rotation.attestations[.republished]?.at ?? clock.now()
    }
    let subjects = try await prove([
      Subject(signer: try signer(of: outgoing), proof: Proof(.accepted, needed: runbook.verification.successes))
    ])
    try require(subjects, doing: "proving the republished outgoing key")
    rotation.retireActed = nil
    move(to: phase, by: .republishKey, kid: outgoing.kid, details)
  }
}
