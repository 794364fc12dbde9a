package import Foundation
internal import GRDB
package import RotationCore
private import Synchronization

/// The half that writes. One `commit` is one transaction and one flush.
package final class WritableLedger: StoredLedger, RotationLedger {
  package let connection: LedgerConnection
  private let folder: StateFolder
  private let lock: StateLock
  private let standing = Mutex(Standing())

  private struct Standing {
    /// The epoch that `claim` took; nil before.
    var epoch: Int?
    var known = CommitWriter.Known()
  }

  init(connection: LedgerConnection, folder: StateFolder, lock: StateLock) {
    self.connection = connection
    self.folder = folder
    self.lock = lock
  }

  package func claim() throws {
    try writing { db, standing in
      let erasure = Erasure(db: db, folder: folder)
      // An erasure that an earlier process began. Where it cannot be proven yet, the next destruction comes back to it.
      let isProven: Bool
      do {
        try erasure.prove()
        isProven = true
      } catch is Failure { isProven = false }
      let epoch = try transaction(db) {
        if isProven { try erasure.settle() }
        try db.execute(sql: "UPDATE ledger SET epoch = epoch + 1")
        return try Int.fetchOne(db, sql: "SELECT epoch FROM ledger") ?? 0
      }
      standing.epoch = epoch
      standing.known = CommitWriter.Known()
    }
  }

  package func commit(_ commit: LedgerCommit) throws { try self.commit(commit, with: LedgerExtras()) }

  /// The same, and what is not the core's, in one transaction. Private halves that it destroys or replaces are proven
  /// gone from every byte of the state's files (`Erasure`): destroyed ones before the rest of the commit is written,
  /// replaced ones after. Throws `stopped` where that cannot be proven yet; running the command again then finishes it.
  package func commit(_ commit: LedgerCommit, with extras: LedgerExtras) throws {
    try writing { db, standing in
      guard let epoch = standing.epoch else { throw Failure.unclaimed }
      let erasure = Erasure(db: db, folder: folder)
      var writer = CommitWriter(db: db, erasure: erasure, epoch: epoch, known: standing.known)
      let document = try commit.rotation.map { (of: $0.id, text: try writer.document(of: $0)) }
      let leaves = try Leaf.leaves(of: commit.entries, storing: document)
      if !commit.destroys.isEmpty {
        try transaction(db) {
          try writer.check(commit)
          try erasure.delete(commit.destroys)
        }
        try erasure.prove()
      }
      try transaction(db) {
        if !commit.destroys.isEmpty { try erasure.settle() }
        try writer.write(commit, document: document?.text ?? [], leaves: leaves, extras: extras)
      }
      standing.known = writer.known
      if writer.replacedSealed {
        try erasure.prove()
        try transaction(db) { try erasure.settle() }
      }
    }
  }

  /// Remembers the checkpoint that was published, and how many entries it signs. Throws when that would shrink.
  package func notePublished(_ note: Data, size: Int) throws {
    try writing { db, standing in
      guard let epoch = standing.epoch else { throw Failure.unclaimed }
      try transaction(db) {
        try CommitWriter.checkEpoch(db, epoch)
        try CommitWriter.publish(db, note, size)
      }
    }
  }

  /// Folds the WAL into the database and lets go of the file; the lock stays its owner's. A process that just ends
  /// loses nothing: the next one reads the WAL.
  package func close() throws { try connection.close() }

  private func writing(_ body: (Database, inout Standing) throws -> Void) throws(Failure) {
    try standing.withLock { standing throws(Failure) in
      guard lock.isHeld else { throw Failure.unclaimed }
      try connection.write { db in try body(db, &standing) }
    }
  }

  private func transaction<T>(_ db: Database, _ body: () throws -> T) throws -> T {
    try db.run("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try db.run("COMMIT")
      return result
    } catch {
      if db.isInsideTransaction { try? db.rollback() }
      throw error
    }
  }
}

extension Failure {
  static let unclaimed = Failure(
    .ownershipLost, "this process has not taken the ledger over; nothing was written", remedy: ["run it again"])
}
