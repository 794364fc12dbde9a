internal import ArgumentParser
internal import RotationCore

/// `keyturn abandon`
struct AbandonCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "abandon", abstract: "Drop a rotation that published nothing, and destroy its incoming key.",
    discussion: """
      Ends in `abandoned` (exit 6). Once something was published, use rollback.

      Example:
        keyturn abandon --reason "wrong runbook"
      """)

  @Argument(help: "The rotation (default: the open one, else the last).")
  var rotation: String?
  @OptionGroup var why: ReasonOption
  @OptionGroup var global: GlobalOptions

  func validate() throws { _ = try why.required(for: "abandon") }

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    try RotationChoice.find(rotation, in: ledger)
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let reason = try why.required(for: "abandon")
    return try await session.driveExisting { state, progress in
      let chosen = try RotationChoice.require(rotation, in: state.ledger, session)
      progress.concern(chosen.id)
      let loaded = try LoadedRunbook.stored(chosen, in: state.ledger, session.configuration)
      return try await session.engine(loaded, state, progress).abandon(chosen, reason: reason)
    }
  }
}
