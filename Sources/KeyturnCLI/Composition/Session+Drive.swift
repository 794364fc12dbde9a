internal import Foundation
internal import KeyMaterial
internal import Neighbours
internal import RotationCore
internal import RotationStore

extension Session {
  /// Holds the state and its keys, lets `body` drive the engine, signs the log's head and tells how it ended. A stop
  /// that is asked for meanwhile ends the present effect first.
  func drive(_ body: (OpenState, Progress) async throws -> RunReport) async throws -> ExitStatus {
    let passphrase = try passphrase()
    let signals = StopSignals(stop) { [console] in console.note($0) }
    defer { signals.release() }
    try refuseWhenStopped()
    let state = try openState(passphrase)
    defer { state.close() }
    try refuseWhenStopped()
    try state.warnOfRestore(self)
    let progress = Progress(self)
    defer { progress.end() }
    let report: RunReport
    do {
      report = try await body(state, progress)
      progress.end()
      try state.noteObserved(report, self)
    } catch {
      await state.board?.finish()
      throw error
    }
    state.publishLog(self)
    if let board = state.board {
      await board.finish()
      state.publishLog(self)
    }
    return try tell(report, state.ledger)
  }

  /// Before something is begun that was not there before.
  func refuseWhenStopped() throws(Failure) {
    if stop.isRequested { throw Self.stopped }
  }

  static let stopped = Failure(
    .stopped, "stopped as asked, before anything was done", remedy: ["run the same command again to go on"])

  /// The same for a state that is there already.
  func driveExisting(_ body: (OpenState, Progress) async throws -> RunReport) async throws -> ExitStatus {
    guard try reader() != nil else { throw RotationChoice.noneYet(self) }
    return try await drive(body)
  }

  /// Puts a person's word on record; needs no passphrase. `words`: what was recorded, of the rotation before and after.
  func record(
    _ rotation: String?, _ body: (Desk, Rotation) throws -> RunReport, words: (Rotation, Rotation) -> String
  ) throws -> ExitStatus {
    guard try reader() != nil else { throw RotationChoice.noneYet(self) }
    let state = try openStateWithoutKeys()
    defer { state.close() }
    let parts = Composition(configuration).parts(
      ledger: state.ledger, keys: PublicHalves(), operatorName: operatorName)
    let before = try RotationChoice.require(rotation, in: state.ledger, self)
    let report = try body(Desk(parts: parts), before)
    if report.outcome == .done, let after = report.rotation {
      let next = NextCommand.of(try Standing(after, ledger: state.ledger, now: clock.now()), self)
      console.print(words(before, after).onOneLine + (next.map { "; go on: \($0)" } ?? ""))
    }
    return try tell(report, state.ledger)
  }

  /// The report's document or text, then what is wrong.
  func tell(_ report: RunReport, _ ledger: any LedgerReader) throws -> ExitStatus {
    let status = ExitStatus(report)
    var failure =
      report.failure
      ?? Failure(.neighbourUnreachable, report.waiting.reason ?? "it did not end well; keyturn status tells more")
    failure.summary = failure.summary.withoutRepeats
    if let rotation = report.rotation, [.failed, .midway, .unreachable].contains(status) {
      failure = try placed(failure, in: rotation, ledger)
    }
    failure = addressed(failure)
    if let answer = try RotationReport(report, ledger: ledger, session: self) {
      console.answer(answer)
    } else if console.json {
      console.document(FailureReport(failure, verdicts: report.verdicts).json)
    }
    if status.isTrouble { console.error(failure) }
    return status
  }

  /// Completes every rotation whose quarantine is over, which needs no runbook: the stored one and its neighbours where
  /// the variables are set, else the last look. Nil: none is.
  func completeOverdue(_ state: OpenState, _ progress: Progress) async throws -> RunReport? {
    guard let keys = state.keys else { throw Passphrase.missing }
    try state.ledger.claim()
    if let overdue = try state.ledger.rotations().first(where: { $0.isOverdue(at: clock.now()) }),
      let loaded = try? LoadedRunbook.stored(overdue, in: state.ledger, configuration)
    {
      let engine = try await engine(loaded, state, progress)
      return try await Engine.completeOverdue(engine.parts, engine: engine)
    }
    let parts = Composition(configuration).parts(
      ledger: state.ledger, keys: keys, operatorName: operatorName, observe: { progress.observe($0) })
    return try await Engine.completeOverdue(parts, engine: nil)
  }

  /// An engine for `loaded`, telling `progress` what it does and the runbook's receivers what became of it.
  func engine(_ loaded: LoadedRunbook, _ state: OpenState, _ progress: Progress) async throws -> Engine {
    guard let keys = state.keys else { throw Passphrase.missing }
    let composition = Composition(configuration)
    var ledger: any RotationLedger = state.ledger
    let errands = Errands()
    let receivers = try composition.receivers(of: loaded.runbook, errands)
    if !receivers.isEmpty {
      let board = NoticeBoard(receivers, errands: errands, loaded, state.ledger, self)
      state.board = board
      ledger = NotifyingLedger(inner: state.ledger, board: board)
    }
    return try await composition.engine(
      loaded, ledger: ledger, keys: keys, operatorName: operatorName, observe: { progress.observe($0) })
  }

  /// An engine that can look and nothing else. Sealed keys stay shut where no passphrase is set up.
  func lookingEngine(_ loaded: LoadedRunbook, _ reader: (any LedgerReader)?) async throws -> Engine {
    let keys: any KeyStore =
      if let passphrase = try Passphrase.configured(configuration) {
        SealedKeyStore(passphrase: passphrase, scheme: configuration.sealing)
      } else {
        PublicHalves()
      }
    return try await Composition(configuration).engine(
      loaded, ledger: LookingLedger(reader), keys: keys, operatorName: operatorName)
  }
}
