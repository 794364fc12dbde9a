package import Foundation
internal import GRDB
package import RotationCore

/// `state/keyturn.sqlite`: made, opened and judged. It appears whole (made under another name, then renamed), so a file
/// that is not a ledger was never one of ours half made.
package enum LedgerFile {
  /// Opens the ledger of a state that `lock` holds; makes it where there is none. Checks the whole file
  /// (`quick_check`, foreign keys) and brings it up to this program's schema. Writes nothing when nothing is missing.
  /// `patience`: how long to wait for readers, and for the proof that a key is destroyed.
  package static func openForWriting(folder: StateFolder, lock: StateLock, patience: Duration = .seconds(5))
    throws(Failure) -> WritableLedger
  {
    try checkOwnership(folder, lock)
    try folder.check()
    let path = folder.databasePath
    if FileStatus(at: path) == nil {
      try refuseOrphans(path)
      try install(at: path) { connection in
        try connection.write { db in
          try Schema.migrate(db)
          try db.execute(
            sql: "INSERT INTO ledger (id, epoch, created_at) VALUES (1, 0, ?)",
            arguments: [lock.holder.since.timeIntervalSinceReferenceDate])
        }
      }
    } else {
      _ = try LedgerConnection.reading(path)
    }
    let connection = try LedgerConnection.writing(path, patience: patience)
    try connection.write { db in
      try checkWhole(db)
      try Schema.migrate(db)
    }
    return WritableLedger(connection: connection, folder: folder, lock: lock)
  }

  /// Opens the ledger to look only, with or without a writer at work. Nil where there is no
  /// ledger; throws where that cannot be told.
  package static func openForReading(folder: StateFolder) throws(Failure) -> ReadOnlyLedger? {
    guard try folder.hasLedger() else {
      try refuseOrphans(folder.databasePath)
      return nil
    }
    try folder.check(toRead: true)
    return ReadOnlyLedger(
      connection: try LedgerConnection.reading(folder.databasePath), path: folder.databasePath)
  }

  /// Makes a state from a backup. Refuses where a ledger or an audit log already is. Afterwards no earlier process can
  /// write (epoch), and every rotation that is not final has to be observed first; those are returned, and told to
  /// `entry`, whose leaf is of the same transaction.
  package static func restore(
    from backup: String, into folder: StateFolder, lock: StateLock, at now: Date,
    recording entry: ([RotationID]) -> LogEntry
  ) throws(Failure) -> [RotationID] {
    try checkOwnership(folder, lock)
    for path in [folder.databasePath, folder.logPath] + folder.companionPaths where FileStatus(at: path) != nil {
      throw Failure(
        .refused, "there is a state in \(folder.path) already (\(path)); nothing was restored",
        remedy: ["name an empty folder with --state", "or move the present state away first"])
    }
    try folder.check()
    let source = try openBackup(backup)
    var observed: [RotationID] = []
    try install(at: folder.databasePath, from: source) { connection in
      try connection.write { db in
        try Schema.migrate(db)
        try db.inTransaction(.immediate) {
          try db.execute(
            sql: "UPDATE ledger SET epoch = epoch + 1, restored_at = ?",
            arguments: [now.timeIntervalSinceReferenceDate])
          try db.execute(
            sql: """
              UPDATE rotations SET observe_first = 1 WHERE phase NOT IN ('completed', 'rolledBack', 'abandoned')
              """)
          observed = try db.rotationsToObserve()
          var writer = CommitWriter(
            db: db, erasure: Erasure(db: db, folder: folder), epoch: try db.integer("SELECT epoch FROM ledger"),
            known: CommitWriter.Known())
          let commit = LedgerCommit(entries: [entry(observed)])
          try writer.write(
            commit, document: [], leaves: try Leaf.leaves(of: commit.entries), extras: LedgerExtras())
          return .commit
        }
      }
    }
    return observed
  }

  /// Throws `inputInvalid` naming the file for whatever is not a whole backup that this program can read.
  package static func checkBackup(_ path: String) throws(Failure) { _ = try openBackup(path) }

  private static func openBackup(_ path: String) throws(Failure) -> LedgerConnection {
    func refusal(_ what: String, _ remedy: String, _ cause: String? = nil) -> Failure {
      Failure(.inputInvalid, "\(path) \(what); nothing was restored", remedy: [remedy], cause: cause)
    }
    guard let status = FileStatus(following: path), status.isFile else {
      throw refusal("is not there or is no file", "name a file that keyturn state backup wrote")
    }
    do {
      let backup = try LedgerConnection.reading(path)
      try backup.read(checkWhole)
      return backup
    } catch  where error.code == .stateDamaged {
      throw refusal("is no backup of a state, or a damaged one", "take an earlier backup", error.cause)
    } catch  where error.code == .stateForeign && error.cause != nil {
      throw refusal(
        "is a database of another program", "name a file that keyturn state backup wrote", error.cause)
    } catch  where error.code == .stateForeign {
      throw refusal("was made by a newer Keyturn", "use the newer program")
    }
  }

  /// Builds a database beside `path` and puts it there in one rename.
  private static func install(
    at path: String, from source: LedgerConnection? = nil, filling fill: (LedgerConnection) throws -> Void
  ) throws(Failure) {
    let draft = path + ".new"
    for leftover in [draft] + StateFolder.companions(of: draft) { unlink(leftover) }
    try PrivateFile.create(draft)
    do {
      if let source { try source.copy(to: draft) }
      let connection = try LedgerConnection.writing(draft, patience: .seconds(5), creating: true)
      try fill(connection)
      try connection.queue.close()
    } catch {
      for leftover in [draft] + StateFolder.companions(of: draft) { unlink(leftover) }
      try translatingErrors(at: path) { throw error }
    }
    try PrivateFile.flush(draft)
    guard rename(draft, path) == 0 else {
      throw Failure(
        .stateNotWritable, "\(path) cannot be put in place", remedy: ["look at the folder's permissions"],
        cause: String(cString: strerror(errno)))
    }
    try PrivateFile.flush(StateFolder(path: path).parent)
  }

  /// Looks at every page of the database.
  static func checkPages(_ db: Database) throws {
    let finding = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
    if finding != "ok" { throw Failure.damaged(finding) }
  }

  /// Looks at every page of the database, and at every reference between rows.
  static func checkWhole(_ db: Database) throws {
    try checkPages(db)
    if let row = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
      throw Failure.damaged("a row of \(row[0] as String) refers to a missing row of \(row[2] as String)")
    }
  }

  private static func checkOwnership(_ folder: StateFolder, _ lock: StateLock) throws(Failure) {
    guard lock.isHeld, lock.folder == folder else {
      throw Failure(.internalError, "the state \(folder.path) was to be written without its lock")
    }
  }

  /// A journal without its database would be played into a new one.
  private static func refuseOrphans(_ path: String) throws(Failure) {
    for companion in StateFolder.companions(of: path) where FileStatus(at: companion)?.size ?? 0 > 0 {
      throw Failure(
        .stateDamaged, "\(path) is missing, but \(companion) is there; nothing was written",
        remedy: ["put keyturn.sqlite back beside it", "or move \(companion) away and restore a backup"])
    }
  }
}
