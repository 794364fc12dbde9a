extension RotationRun {
  /// The incoming key is withdrawn from the portal, refused, and destroyed.
  func withdrawKey(_ facts: Facts) async throws {
    guard let incoming = rotation.incoming else { return }
    var details: [String: JSONValue] = [:]
    let kept = rotation.emergency ? nil : rotation.outgoing
    if let portal = world.portal, facts.portal != .manual {
      details = try await editPortal(portal, .withdrawKey, remove: incoming, facts: facts).details
      try await proveRemoval(of: incoming, keeping: kept)
    } else {
      try await proveByHand(.withdrawn, key: incoming, alsoAccepted: kept)
      details["by_hand"] = true
    }
    keys.forget(incoming.kid)
    record("key_destroyed", kid: incoming.kid, ["thumbprint": .string(incoming.thumbprint.rawValue)])
    move(to: .rolledBack, by: .withdrawKey, kid: incoming.kid, details)
    try saveDestroying([incoming.kid])
  }

  /// Dropped before anything was published; the incoming key, if any, is destroyed.
  func abandon() throws {
    let kids = rotation.incoming.map { [$0.kid] } ?? []
    for kid in kids {
      keys.forget(kid)
      record("key_destroyed", kid: kid)
    }
    move(to: .abandoned, by: .abandon, kid: kids.first)
    try saveDestroying(kids)
  }
}
