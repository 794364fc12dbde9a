internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn advance`
struct AdvanceCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "advance", abstract: "Take one step of a rotation, then stop.",
    discussion: """
      Uses the runbook as it was stored when the rotation was opened, and the variables that it names.

      Examples:
        keyturn advance
        keyturn advance --dry-run
        keyturn advance R-20261122-7F3K
      """)

  @Argument(help: "The rotation (default: the open one, else the last).")
  var rotation: String?
  @Flag(name: .customLong("dry-run"), help: "Read the world afresh and tell the next step's verdicts; do nothing.")
  var dryRun = false
  @OptionGroup var global: GlobalOptions

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    try RotationChoice.find(rotation, in: ledger)
  }

  func run(_ session: Session) async throws -> ExitStatus {
    if dryRun { return try await look(session) }
    return try await session.driveExisting { state, progress in
      let chosen = try RotationChoice.require(rotation, in: state.ledger, session)
      progress.concern(chosen.id)
      let loaded: LoadedRunbook
      do { loaded = try LoadedRunbook.stored(chosen, in: state.ledger, session.configuration) } catch let rejected
        as RejectedRunbook
      {
        if let report = try await session.completeOverdue(state, progress) { return report }
        throw rejected
      }
      return try await session.engine(loaded, state, progress).advance(chosen)
    }
  }

  private func look(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else { throw RotationChoice.noneYet(session) }
    let chosen = try RotationChoice.require(rotation, in: ledger, session)
    let loaded = try LoadedRunbook.stored(chosen, in: ledger, session.configuration)
    let preview = try await session.lookingEngine(loaded, ledger).preview(chosen)
    try session.refuseWhenStopped()
    var seen = chosen
    seen.verdicts = (preview.rows.last?.verdicts ?? []).map { name, verdict in
      RecordedVerdict(guardName: name, holds: verdict.holds, reason: verdict.reason, readAt: preview.readAt)
    }
    session.console.answer(try RotationReport(seen, ledger: ledger, session: session))
    return .done
  }
}
