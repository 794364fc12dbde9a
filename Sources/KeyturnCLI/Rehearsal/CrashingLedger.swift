internal import RotationCore

/// A ledger whose process may die right before and right after each commit.
struct CrashingLedger: LedgerWrapper {
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
}
