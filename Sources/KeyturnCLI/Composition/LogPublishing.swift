internal import Foundation
internal import KeyMaterial
internal import Primitives
internal import RotationCore
internal import RotationStore
internal import TransparencyLog

extension OpenState {
  /// Signs a checkpoint over everything in the log and brings its tiles up to date. For commands that hold the passphrase
  /// and have claimed the ledger. What goes wrong here changes nothing that was done: it is told, and the next command
  /// tries again.
  package func publishLog(_ session: Session) {
    do {
      guard let keys, try ledger.entryCount() > ledger.publishedSize() else { return }
      let key = try signingKey(keys, session)
      let publisher = LogPublisher(
        folder: LogFolder(path: folder.logPath), key: try VerifierKey(name: key.name, publicKey: key.signer.publicKey))
      let publication = try publisher.publish(try LeafSource(ledger)) { try key.signer.sign($0) }
      if publication.isNew { try ledger.notePublished(size: publication.checkpoint.size) }
      for file in publication.repaired {
        session.console.warning("the audit log's file \(file) was not what the entries give; it was written anew")
      }
    } catch let failure as Failure {
      session.console.warning("the audit log's checkpoint was not signed: \(failure.summary)")
    } catch {
      session.console.warning("the audit log's checkpoint was not signed: \(type(of: error))")
    }
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
