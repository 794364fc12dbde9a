package import KeyMaterial
internal import RotationCore
package import RotationStore

/// A state that this process holds: the lock, the ledger, and the key store where a passphrase was given.
package final class OpenState {
  package let folder: StateFolder
  package let lock: StateLock
  package let ledger: WritableLedger
  /// Nil where the command needs no passphrase.
  package let keys: SealedKeyStore?
  /// Opened by checking the passphrase; made by the first command that publishes the log.
  var logKey: LogSigningKey?
  /// Where the runbook that is driven names receivers.
  var board: NoticeBoard?

  init(folder: StateFolder, lock: StateLock, ledger: WritableLedger, keys: SealedKeyStore?) {
    self.folder = folder
    self.lock = lock
    self.ledger = ledger
    self.keys = keys
  }

  /// Opens one sealed thing, so that a wrong passphrase is told before anything is written, and keeps it open.
  func checkPassphrase() throws {
    guard let keys else { return }
    if let key = try ledger.logKey() {
      logKey = try keys.logSigningKey(SealedLogKey(pkcs8: key.sealed, publicKey: key.publicKey))
    } else if let key = try ledger.sealedKeys().first {
      _ = try keys.signer(for: key)
    }
  }

  /// Folds the ledger up and lets others in. A process that just ends loses nothing either.
  package func close() {
    try? ledger.close()
    lock.release()
  }
}

extension Session {
  /// The passphrase that the state's keys are sealed under, or will be. Asked for before anything is made.
  func passphrase() throws -> SecretBytes {
    let known = try reader()
    let isNew = try known.map { try $0.logKey() == nil && $0.sealedKeys().isEmpty } ?? true
    return try Passphrase.required(self, isNew: isNew)
  }

  /// Holds the state with its keys; makes the folder where there is none.
  package func openState() throws -> OpenState { try openState(passphrase()) }

  func openState(_ passphrase: consuming SecretBytes) throws -> OpenState {
    try openState(keys: SealedKeyStore(passphrase: passphrase, scheme: configuration.sealing))
  }

  /// Holds a state that exists, without its private keys: for what people put on record.
  package func openStateWithoutKeys() throws -> OpenState { try openState(keys: nil) }

  private func openState(keys: SealedKeyStore?) throws -> OpenState {
    let folder = stateFolder
    if keys == nil, try !folder.hasLedger() {
      try refuseLostLedger()
      throw RotationChoice.noneYet(self)
    }
    try folder.prepare()
    let holder = StateLock.Holder(
      operatorName: operatorName, pid: configuration.process, host: configuration.host, since: clock.now(),
      command: command)
    let lock = try StateLock(folder: folder, holder: holder)
    if try !folder.hasLedger() { try refuseLostLedger() }
    let state = OpenState(
      folder: folder, lock: lock, ledger: try LedgerFile.openForWriting(folder: folder, lock: lock), keys: keys)
    try state.refuseOlderThanLog()
    try state.checkPassphrase()
    return state
  }
}
