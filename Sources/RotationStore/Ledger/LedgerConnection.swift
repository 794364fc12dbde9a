internal import Foundation
internal import GRDB
internal import RotationCore
private import Synchronization

/// One SQLite connection, set up the one way that the ledger's promises rest on.
///
/// WAL with `synchronous=FULL` is one flush a commit, and what was committed survives a power cut. SQLite before 3.51.3
/// can damage a WAL when two connections write and checkpoint at once; here `state/lock` admits one writing connection,
/// and readers are read-only, so that they can do neither.
///
/// After the disk failed, was full or gave damaged pages, a writing one refuses everything and is never closed, since
/// closing would fold the WAL: what a failed flush left behind only a new process can tell.
package final class LedgerConnection: Sendable {
  let queue: DatabaseQueue
  private let breakdown = Mutex<Failure?>(nil)

  private let isReadOnly: Bool
  private let path: String

  private init(path: String, name: String? = nil, patience: Duration, isReadOnly: Bool) throws {
    self.isReadOnly = isReadOnly
    self.path = path
    queue = try DatabaseQueue(
      path: name ?? path, configuration: Self.configuration(patience.inSeconds, readonly: isReadOnly))
  }

  /// Throws where the file is not there, is not ours, is newer than us or cannot be read. Never writes or checkpoints.
  static func reading(_ path: String) throws(Failure) -> LedgerConnection {
    try translatingErrors(at: path) {
      do {
        let connection = try LedgerConnection(
          path: path, name: unchanging(path), patience: .seconds(5), isReadOnly: true)
        try connection.read { db in try refuseForeign(db, path) }
        return connection
      } catch let error as DatabaseError {
        throw Failure.unreadable(error, at: path) ?? Failure(error)
      }
    }
  }

  /// SQLite's name for a file that nobody can write while it is read: on a read-only disk, with no WAL to look into.
  /// It then needs no files of its own beside it (sqlite.org/uri.html, `immutable`).
  private static func unchanging(_ path: String) -> String? {
    guard StateFolder.isReadOnly(path), FileStatus(at: path + "-wal")?.size ?? 0 == 0 else { return nil }
    let allowed = CharacterSet(charactersIn: "/").union(.alphanumerics)
    return path.addingPercentEncoding(withAllowedCharacters: allowed).map { "file:\($0)?immutable=1" }
  }

  /// Opens or, with `creating`, fills an empty file, and sees that every pragma was taken.
  static func writing(_ path: String, patience: Duration, creating: Bool = false) throws(Failure) -> LedgerConnection {
    try translatingErrors(at: path) {
      let connection = try LedgerConnection(path: path, patience: patience, isReadOnly: false)
      try connection.write { db in
        for (pragma, value) in ["journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1"] {
          let found = try String.fetchOne(db, sql: "SELECT CAST(\(pragma) AS TEXT) FROM pragma_\(pragma)")
          guard found == value else {
            throw Failure(
              .stateNotWritable, "the ledger's database does not take \(pragma) \(value)",
              remedy: ["keep the state on a local disk: --state DIR"], cause: found)
          }
        }
        if !creating { try refuseForeign(db, path) }
      }
      return connection
    }
  }

  /// One statement outside any transaction: what it locks is free again when it returns.
  func read<T>(_ body: (Database) throws -> T) throws(Failure) -> T {
    try translatingErrors(at: path) { try queue.unsafeRead { db in try guarded { try body(db) } } }
  }

  /// The connection for any number of transactions, one caller at a time.
  func write<T>(_ body: (Database) throws -> T) throws(Failure) -> T {
    try translatingErrors(at: path) { try queue.writeWithoutTransaction { db in try guarded { try body(db) } } }
  }

  private func guarded<T>(_ body: () throws -> T) throws -> T {
    if let failure = breakdown.withLock(\.self) { throw failure }
    do { return try body() } catch let error as DatabaseError where error.endsTheProcess && !isReadOnly {
      breakdown.withLock { $0 = Failure(error) }
      Self.broken.withLock { $0.append(queue) }
      throw error
    } catch let error as DatabaseError where isReadOnly && error.isFullDisk {
      throw Failure.unreadable(error, at: queue.path) ?? Failure(error)
    }
  }

  /// Folds the WAL into the database, unless the disk failed before.
  func close() throws(Failure) {
    if breakdown.withLock({ $0 != nil }) { return }
    try translatingErrors(at: path) { try queue.close() }
  }

  /// Kept until the process ends: letting go of one closes it.
  private static let broken = Mutex<[DatabaseQueue]>([])

  /// A consistent copy into an empty file, with a writer at work or not.
  func copy(to path: String) throws(Failure) {
    do { try queue.unsafeRead { db in try db.execute(sql: "VACUUM INTO ?", arguments: [path]) } } catch {
      throw Failure(
        .stateNotWritable, "the copy \(path) cannot be written", remedy: ["look at its disk's space and permissions"],
        cause: (error as? DatabaseError).map { Failure($0).cause ?? "" })
    }
  }

  private static func configuration(_ patience: Double, readonly: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.label = "keyturn.ledger"
    configuration.readonly = readonly
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(patience)
    configuration.publicStatementArguments = false
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
      try db.execute(sql: "PRAGMA cell_size_check = ON")
      try db.execute(sql: "PRAGMA temp_store = MEMORY")
      try db.execute(sql: "PRAGMA mmap_size = 0")
      if readonly { return }
      try db.execute(sql: "PRAGMA recursive_triggers = ON")
      try db.execute(sql: "PRAGMA secure_delete = ON")
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA fullfsync = ON")
      try db.execute(sql: "PRAGMA checkpoint_fullfsync = ON")
    }
    return configuration
  }

  private static func refuseForeign(_ db: Database, _ path: String) throws {
    let application = try Schema.applicationID(of: db)
    guard application == Schema.applicationID else {
      throw Failure(
        .stateForeign, "\(path) is not a ledger of Keyturn; nothing was written to it",
        remedy: ["move it away, or name another folder with --state"], cause: "application_id \(application)")
    }
    let version = try Schema.version(of: db)
    guard version <= Schema.version else {
      throw Failure(
        .stateForeign,
        "\(path) was made by a newer Keyturn (schema \(version), this one knows \(Schema.version)); nothing written",
        remedy: ["use the newer program", "or restore a backup from before it: keyturn state restore FILE"])
    }
    guard version > 0 else { throw Failure.damaged("user_version is 0") }
  }
}
