internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn rollback`
struct RollbackCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Open the way back and drive it, until the outgoing key is live again.",
    discussion: """
      Follows what is observed, not the phase. Uses the runbook as it was stored, so that it never needs the file. \
      Run it again to go on with a rollback that was stopped; that needs neither --reason nor --yes. It ends in \
      `rolledBack` (exit 6).

      Examples:
        keyturn rollback --reason "callers get 401 since the swap"
        keyturn rollback R-20261122-7F3K --yes --reason "wrong client"
      """)

  @Argument(help: "The rotation (default: the open one, else the last).")
  var rotation: String?
  @OptionGroup var why: ReasonOption
  @Flag(help: "Do not ask.")
  var yes = false
  @Flag(name: .customLong("accept-tainted"), help: "Set a tainted key back while the portal still lists it.")
  var acceptTainted = false
  @OptionGroup var global: GlobalOptions

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    try RotationChoice.find(rotation, in: ledger)
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let reason = try agreed(session)
    return try await session.driveExisting { state, progress in
      let chosen = try RotationChoice.require(rotation, in: state.ledger, session)
      progress.concern(chosen.id)
      let loaded = try LoadedRunbook.stored(chosen, in: state.ledger, session.configuration)
      return try await session.engine(loaded, state, progress).rollback(
        chosen, reason: reason, acceptTainted: acceptTainted)
    }
  }

  /// The reason, once a way back that would be opened now was agreed to.
  private func agreed(_ session: Session) throws -> String {
    guard let ledger = try session.reader(), let chosen = try RotationChoice.find(rotation, in: ledger) else {
      _ = try why.required(for: "rollback")
      throw RotationChoice.noneYet(session)
    }
    if chosen.isGoingBack && !acceptTainted { return why.given ?? chosen.rollback?.reason ?? "" }
    let reason = try why.given ?? chosen.rollbackAsked ?? why.required(for: "rollback")
    let way = try Standing(chosen, ledger: ledger, now: session.clock.now()).wayBack
    guard way.possible, way.steps != [.abandon], !yes else { return reason }
    let steps = way.steps.map(\.rawValue).joined(separator: ", ")
    guard try session.console.confirm("roll \(chosen.id) back (\(steps))", flag: "--yes") else {
      throw Failure(.refused, "not confirmed; nothing was changed", remedy: ["run it again and say y, or give --yes"])
    }
    return reason
  }
}
