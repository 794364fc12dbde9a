internal import RotationCore

/// A ledger whose process may die right before and right after each commit.
struct CrashingLedger: RotationLedger {
  let inner: any RotationLedger
  let life: Lifeline

  func claim() throws { try inner.claim() }

  func commit(_ commit: LedgerCommit) throws {
    let name = "the record of " + Self.name(commit)
    try life.pass("before \(name)")
    try inner.commit(commit)
    try life.pass("after \(name)")
  }

  /// The same for the same commit of another process: no time, no identifier.
  private static func name(_ commit: LedgerCommit) -> String {
    commit.entries.map { entry in
      let words = [entry.value["event"]?.string, entry.value["step"]?.string].compactMap(\.self)
      return words.joined(separator: " ")
    }.joined(separator: ", ") + " in \(commit.rotation?.phase.rawValue ?? "-")"
  }

  func rotation(_ id: RotationID) throws -> Rotation? { try inner.rotation(id) }
  func rotations() throws -> [Rotation] { try inner.rotations() }
  func openIntent(of rotation: RotationID) throws -> Intent? { try inner.openIntent(of: rotation) }
  func runbook(_ digest: String) throws -> StoredRunbook? { try inner.runbook(digest) }
  func sealedKeys() throws -> [SealedKey] { try inner.sealedKeys() }
  func sealedKey(_ kid: KeyID) throws -> SealedKey? { try inner.sealedKey(kid) }
  func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey] { try inner.publicKeys(everUsedWith: kid) }
  func entryCount() throws -> Int { try inner.entryCount() }
  func entries(in range: Range<Int>) throws -> [StoredEntry] { try inner.entries(in: range) }
  func entries(of rotation: RotationID) throws -> [StoredEntry] { try inner.entries(of: rotation) }
}
