extension RotationRun {
  /// The incoming key is withdrawn from the portal, refused, and destroyed.
  func withdrawKey(_ facts: Facts) async throws {
    guard let incoming = rotation.incoming else { return }
    var details: [String: JSONValue] = [:]
    // Without its private half no refusal can be proven. A run that destroyed it and could not prove that had proven the
    // refusal before.
    let isHeld = facts.sealed[incoming.kid] != nil
    let kept = rotation.emergency ? nil : rotation.outgoing
    if let portal = world.portal, facts.portal != .manual {
      details = try await editPortal(portal, .withdrawKey, remove: incoming, facts: facts).details
      if isHeld { try await proveRemoval(of: incoming, keeping: kept) }
    } else {
      if isHeld {
        try await proveByHand(.withdrawn, key: incoming, alsoAccepted: kept)
      } else if rotation.attestations[.withdrawn] == nil {
        throw handOver(.withdrawn, incoming)
      }
      details["by_hand"] = true
    }
    details.merge(await cleanUp(after: .withdrawKey, live: rotation.outgoing, removed: incoming)) { $1 }
    try end(in: .rolledBack, by: .withdrawKey, destroying: incoming, details)
  }

  /// Dropped before anything was published; the incoming key, if any, is destroyed.
  func abandon() throws { try end(in: .abandoned, by: .abandon, destroying: rotation.incoming) }
}
