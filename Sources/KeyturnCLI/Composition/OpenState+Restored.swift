internal import RotationCore
internal import RotationStore

extension OpenState {
  /// Says that the state came out of a backup and was not held against the world since.
  func warnOfRestore(_ session: Session) throws {
    let rotations = try ledger.rotationsToObserve()
    guard !rotations.isEmpty, let at = try ledger.restoredAt() else { return }
    session.console.warning(
      "the state was restored from a backup at \(session.console.moment(at)); portal and targets may be further than"
        + " \(rotations.map(\.rawValue).joined(separator: ", ")) says, and are looked at before anything is done")
  }

  /// A run that was not turned away has looked; that the rotation was held against the world is put on record.
  func noteObserved(_ report: RunReport, _ session: Session) throws {
    guard let rotation = report.rotation, report.outcome != .refused, report.waiting.on != .neighbour,
      try ledger.rotationsToObserve().contains(rotation.id)
    else { return }
    let entry = LogEntry(
      at: session.clock.now(), operator: session.operatorName, rotation: rotation.id, phase: rotation.phase,
      event: "observed_after_restore")
    try ledger.commit(LedgerCommit(entries: [entry]), with: LedgerExtras(observed: [rotation.id]))
  }
}
