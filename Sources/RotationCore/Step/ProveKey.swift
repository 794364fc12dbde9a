extension RotationRun {
  /// Maskinporten gave tokens for the incoming key, N times in a row.
  func proveKey() async throws {
    guard let incoming = rotation.incoming else { return }
    let subjects = try await prove([
      Subject(signer: try signer(of: incoming), proof: Proof(.accepted, needed: runbook.verification.successes))
    ])
    try require(subjects, doing: "proving the incoming key")
    move(to: .proven, by: .proveKey, kid: incoming.kid, ["tokens": .integer(Int64(runbook.verification.successes))])
  }
}
