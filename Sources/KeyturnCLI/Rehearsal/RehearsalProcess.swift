internal import RotationCore
internal import RotationStore

/// One process of a rehearsal: it takes the state, works, and ends. What it knew is gone with it.
struct RehearsalProcess {
  let engine: Engine
  private let state: OpenState
  private let session: Session

  /// With a `life`, it may die at any record and at any write.
  init(_ stage: RehearsalStage, life: Lifeline? = nil) async throws {
    session = try stage.session(stop: life?.stop)
    state = try life == nil ? session.openState() : Self.openQuickly(stage, session)
    let composition = Composition(session.configuration)
    guard let keys = state.keys else { throw Passphrase.missing }
    let world = try await composition.neighbourhood(of: stage.runbook, keys: keys)
    engine = Engine(
      parts: composition.parts(
        ledger: life.map { [state] in CrashingLedger(inner: state.ledger, life: $0) } ?? state.ledger, keys: keys,
        operatorName: session.operatorName, observe: stage.observe),
      runbook: stage.runbook, source: stage.source, world: life.map(world.crashing) ?? world)
  }

  /// Without the passphrase's derivations: a key store that was opened before, for one of many short lives.
  private static func openQuickly(_ stage: RehearsalStage, _ session: Session) throws -> OpenState {
    let folder = session.stateFolder
    try folder.prepare()
    let lock = try StateLock(
      folder: folder,
      holder: StateLock.Holder(
        operatorName: session.operatorName, pid: session.configuration.process, host: session.configuration.host,
        since: session.clock.now(), command: session.command))
    return OpenState(
      folder: folder, lock: lock, ledger: try LedgerFile.openForWriting(folder: folder, lock: lock), keys: stage.keys)
  }

  /// In order: the audit log's checkpoint is signed.
  func end() {
    state.publishLog(session)
    state.close()
  }

  /// Without a word; only the kernel's lock goes with it.
  func die() { state.lock.release() }
}
