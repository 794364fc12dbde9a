extension RotationRun {
  /// Every target holds the outgoing pair again and what runs there was started with it. Last target first.
  func restoreEnvironment(_ facts: Facts) async throws {
    let sites = Array(world.sites.reversed())
    let held = try await setTargets(.restoreEnvironment, to: rotation.outgoing, sites: sites, facts: facts)
    let started = try await start(sites, with: rotation.outgoing, step: .restoreEnvironment, facts: facts)
    rotation.restoredAt = clock.now()
    rotation.verifiedAt = nil
    move(
      to: .restoring, by: .restoreEnvironment, kid: rotation.outgoing.kid, ["targets": held, "started": started])
  }

  /// The outgoing pair is live again and obtained tokens.
  func proveRestored() async throws {
    try await probe(key: rotation.outgoing, doing: "proving the restored pair")
    move(to: .restored, by: .proveRestored, kid: rotation.outgoing.kid)
  }
}
