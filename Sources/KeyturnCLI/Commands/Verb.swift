package import ArgumentParser
package import RotationCore

/// One command. It parses and says what to do; opening, speaking, failures and exit codes are the same for all
/// (`Program`). No rule of a rotation is decided in one.
package protocol Verb: ParsableCommand, Sendable {
  var global: GlobalOptions { get }

  /// The rotation that this command is about, for its document beside a failure with `--json`. Reads only.
  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation?

  /// Does it. Throws `Failure`, `RejectedRunbook` or `ValidationError` (usage) and leaves their telling to `Program`.
  func run(_ session: Session) async throws -> ExitStatus
}

extension Verb {
  package func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? { nil }
}
