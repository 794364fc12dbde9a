internal import Foundation
internal import KeyMaterial
internal import Primitives
internal import RotationCore
internal import RotationStore
internal import TransparencyLog

extension Session {
  /// The log's signed head as it stands in its folder.
  var publishedCheckpoint: Data? { try? LogFolder(path: stateFolder.logPath).checkpoint() }
}

extension OpenState {
  /// Refuses a database that lacks entries of its own published log: what was done since is not in it, so nothing that
  /// it says can be relied on.
  func refuseOlderThanLog() throws {
    let published = try LogFolder(path: folder.logPath).claimedSize()
    let stored = try ledger.entryCount()
    if stored < published { throw Failure.logStoreSmaller(stored: stored, published: published) }
  }

  /// Signs a checkpoint over everything in the log and brings its tiles up to date. For commands that hold the passphrase
  /// and have claimed the ledger. What goes wrong here changes nothing that was done: it is told, and the next command
  /// tries again.
  package func publishLog(_ session: Session) {
    do {
      guard let keys, try ledger.entryCount() > 0 else { return }
      let log = LogFolder(path: folder.logPath)
      let isGone = try log.checkpoint() == nil
      guard try isGone || ledger.entryCount() != ledger.publishedSize() else { return }
      let key = try signingKey(keys, session)
      let remembered = try ledger.rememberedCheckpoint()
      if isGone, let remembered { try recordMissingFolder(remembered, session) }
      let publisher = LogPublisher(
        folder: log, key: try VerifierKey(name: key.name, publicKey: key.signer.publicKey))
      let publication = try publisher.publish(try LeafSource(ledger), extending: remembered.map { [$0] } ?? []) {
        try key.signer.sign($0)
      }
      if try publication.note != ledger.publishedNote() {
        try ledger.notePublished(publication.note, size: publication.checkpoint.size)
      }
      for file in publication.repaired {
        session.console.warning("the audit log's file \(file) was not what the entries give; it was written anew")
      }
    } catch let failure as Failure {
      session.console.warning("the audit log's checkpoint was not signed: \(failure.summary)")
      for hint in failure.hints { session.console.hint(hint) }
    } catch {
      session.console.warning("the audit log's checkpoint was not signed: \(type(of: error))")
    }
  }

  /// A checkpoint was signed and none is there: somebody removed the log's folder, or put an older copy of the state in
  /// its place. Only a checkpoint kept elsewhere can tell which, so both the operator and the log are told.
  private func recordMissingFolder(_ remembered: KeptCheckpoint, _ session: Session) throws {
    let size = try ledger.publishedSize()
    session.console.warning(
      "the audit log's folder has no checkpoint, though one of \(size) entries was signed; it is built anew and that is"
        + " put on record. Compare with a checkpoint kept elsewhere: keyturn audit verify --checkpoint FILE")
    let entry = LogEntry(
      at: session.clock.now(), operator: session.operatorName, rotation: nil, phase: nil, event: "log_folder_missing",
      details: [
        "published": .integer(Int64(size)), "checkpoint": .string(SHA256Digest(of: remembered.note).label),
      ])
    try ledger.commit(LedgerCommit(entries: [entry]))
  }

  private func signingKey(_ keys: SealedKeyStore, _ session: Session) throws -> (name: String, signer: LogSigningKey) {
    if let stored = try ledger.logKey() {
      let signer =
        try logKey ?? keys.logSigningKey(SealedLogKey(pkcs8: stored.sealed, publicKey: stored.publicKey))
      logKey = signer
      return (stored.name, signer)
    }
    let made = try keys.generateLogKey()
    let name = "keyturn/" + SHA256Digest(of: made.publicKey).hex.prefix(16)
    let entry = LogEntry(
      at: session.clock.now(), operator: session.operatorName, rotation: nil, phase: nil, event: "log_key_made",
      details: ["name": .string(name)])
    try ledger.commit(
      LedgerCommit(entries: [entry]),
      with: LedgerExtras(logKey: LogKey(name: name, publicKey: made.publicKey, sealed: made.pkcs8)))
    let signer = try keys.logSigningKey(made)
    logKey = signer
    return (name, signer)
  }
}

extension StoredLedger {
  /// The last checkpoint that was published, as the database remembers it; the next one must extend it.
  func rememberedCheckpoint() throws -> KeptCheckpoint? {
    try publishedNote().map { KeptCheckpoint(name: "the checkpoint that the database remembers", note: $0) }
  }
}
