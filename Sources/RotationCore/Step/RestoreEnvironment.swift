extension RotationRun {
  /// Every target holds the outgoing pair again and what runs there was started with it. Last target first.
  func restoreEnvironment(_ facts: Facts) async throws {
    let sites = Array(world.sites.reversed())
    rotation.restoredAt = nil
    var facts = facts
    let held = try await setTargets(.restoreEnvironment, to: rotation.outgoing, sites: sites, facts: &facts)
    try await waitUntilKnown(rotation.outgoing, servedBy: rotation.incoming)
    let started = try await start(sites, with: rotation.outgoing, step: .restoreEnvironment, facts: facts)
    rotation.restoredAt = clock.now()
    rotation.verifiedAt = nil
    var details = started.details(as: "started")
    details["targets"] = held
    move(to: .restoring, by: .restoreEnvironment, kid: rotation.outgoing.kid, details)
  }

  /// A key that was listed a moment ago may still be refused by a node of Maskinporten that has not learned of it. Whom
  /// the other key serves meanwhile waits for the propagation time; a lockout that runs is ended at once.
  /// A key without its private half cannot be asked about, and counts as serving.
  func waitUntilKnown(_ key: KeyReference, servedBy other: KeyReference?) async throws {
    guard let listed = rotation.listedSince[key.kid], let other else { return }
    let known = listed + rotation.timing.propagation
    guard clock.now() < known else { return }
    if let signer = try? signer(of: other) {
      guard case .granted = await attempt(with: signer) else { return }
    }
    let reason = "kid \(key.kid) was listed at \(listed.iso8601); every node knows it by \(known.iso8601)"
    observe(.waiting(Waiting(on: .time, reason: reason, until: known)))
    try await pauseOrStop(until: known)
  }

  /// The fresh token of a restore. A Maskinporten that is down does not hold it back, one that refuses does.
  func proveNotRefused(_ key: KeyReference) async throws {
    guard case .refused(let refusal) = await attempt(with: try signer(of: key)) else { return }
    throw Stop.waits(on: "Maskinporten refuses kid \(key.kid) (\(refusal.words)): \(Rotation.outOfRefusal)")
  }

  /// The outgoing pair is live again and obtained tokens.
  func proveRestored() async throws {
    try await probe(key: rotation.outgoing, doing: "proving the restored pair")
    move(to: .restored, by: .proveRestored, kid: rotation.outgoing.kid)
  }
}
