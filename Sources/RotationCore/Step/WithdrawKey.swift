extension RotationRun {
  /// The incoming key is withdrawn from the portal, refused, and destroyed.
  func withdrawKey(_ facts: Facts) async throws {
    guard let incoming = rotation.incoming else { return }
    var details: [String: JSONValue] = [:]
    // A run that could not prove the destruction had proven the refusal, or it would not have destroyed.
    if facts.sealed[incoming.kid] != nil {
      let kept = rotation.emergency ? nil : rotation.outgoing
      if let portal = world.portal, facts.portal != .manual {
        details = try await editPortal(portal, .withdrawKey, remove: incoming, facts: facts).details
        try await proveRemoval(of: incoming, keeping: kept)
      } else {
        try await proveByHand(.withdrawn, key: incoming, alsoAccepted: kept)
        details["by_hand"] = true
      }
    }
    details.merge(await cleanUp(after: .withdrawKey, live: rotation.outgoing, removed: incoming)) { $1 }
    try end(in: .rolledBack, by: .withdrawKey, destroying: incoming, details)
  }

  /// Dropped before anything was published; the incoming key, if any, is destroyed.
  func abandon() throws { try end(in: .abandoned, by: .abandon, destroying: rotation.incoming) }
}
