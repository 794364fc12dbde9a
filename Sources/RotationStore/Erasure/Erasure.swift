internal import Foundation
internal import GRDB
internal import RotationCore
private import Synchronization

/// Makes good on "destroyed": no sealed copy in any byte of the state's files.
///
/// A sealed copy goes in two commits, so that no phase speaks of a destruction that is not proven:
/// 1. `delete` takes the row out and notes in `erasures` what to look for (hashes of its blocks, never its bytes);
/// 2. `prove` folds the WAL into the database, cuts it to nothing and looks for the blocks in every file of the state;
/// 3. the caller's own commit (the phase, the log leaf) takes the note out.
/// A crash or a reader in the way leaves the note: the next run proves it first, then commits.
struct Erasure {
  let db: Database
  let folder: StateFolder

  /// Notes that `sealed` is to be found nowhere. Part of the caller's transaction, which takes the row out.
  func note(_ what: String, _ sealed: Data) throws {
    try db.cachedStatement(sql: "INSERT INTO erasures (what, fingerprints) VALUES (?, ?)")
      .execute(arguments: [what, Fingerprints(of: sealed).stored])
  }

  /// Part of the caller's transaction.
  func delete(_ kids: [KeyID]) throws {
    for kid in kids {
      let sealed = try Data.fetchOne(
        db, sql: "SELECT pkcs8 FROM sealed_keys WHERE kid = ?", arguments: [kid.rawValue])
      guard let sealed else { continue }
      try note(kid.rawValue, sealed)
      try db.execute(sql: "DELETE FROM sealed_keys WHERE kid = ?", arguments: [kid.rawValue])
    }
  }

  /// Everything noted is proven gone. Part of the caller's transaction, after `prove`.
  func settle() throws { try db.cachedStatement(sql: "DELETE FROM erasures").execute() }

  /// Returns when nothing that is noted is left anywhere; outside a transaction. Waits for readers as long as the
  /// connection waits for a lock.
  func prove() throws {
    let notes = try Row.fetchAll(db, sql: "SELECT what, fingerprints FROM erasures ORDER BY id")
    if notes.isEmpty { return }
    let sought = notes.map { Fingerprints(stored: $0["fingerprints"]) }
    let all = sought.reduce(Fingerprints(stored: Data())) { $0.union($1) }
    let names = notes.map { $0["what"] as String }.joined(separator: ", ")
    try cutWAL(names)
    // Rebalancing may leave part of a moved row in a page's free middle, which deletion does not reach: write all anew.
    if try sought.contains(where: \.isEmpty) || holds(all, folder.databasePath) {
      try db.execute(sql: "VACUUM")
      try cutWAL(names)
    }
    for file in [folder.databasePath] + folder.otherFiles where try holds(all, file) {
      throw unproven(
        names, "a copy is left in \(file)",
        remedy: file == folder.databasePath ? nil : "remove \(file), or keep backups outside the state folder")
    }
  }

  private func cutWAL(_ names: String) throws {
    do { try db.checkpoint(.truncate) } catch DatabaseError.SQLITE_BUSY {
      throw unproven(
        names, "another process still reads pages from before",
        remedy: "end what reads the state: keyturn serve, keyturn status --watch")
    }
    for file in folder.companionPaths where !file.hasSuffix("-shm") && FileStatus(at: file)?.size ?? 0 > 0 {
      throw unproven(names, "\(file) could not be emptied", remedy: nil)
    }
  }

  private func unproven(_ names: String, _ reason: String, remedy: String?) -> Failure {
    Failure(
      .stopped, "the sealed copy of \(names) is deleted, but not yet proven gone: \(reason); the phase stays",
      remedy: [remedy, "run it again"].compactMap(\.self))
  }

  private func holds(_ fingerprints: Fingerprints, _ path: String) throws -> Bool {
    if fingerprints.isEmpty { return false }
    do {
      if path == folder.databasePath { return try fingerprints.match(in: Self.lasting(path)) }
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      if descriptor < 0 && errno == ENOENT { return false }
      defer { close(descriptor) }
      return try fingerprints.match(in: descriptor)
    } catch let error as POSIXError {
      throw Failure(
        .stopped, "\(path) cannot be read to see whether a destroyed key is in it",
        remedy: ["look at its permissions", "run it again"], cause: String(cString: strerror(error.code.rawValue)))
    }
  }

  /// A descriptor of the database that is never closed: closing any one drops all of this process's POSIX locks on the
  /// file, SQLite's included (sqlite.org/howtocorrupt.html, section 2.2). One a file and process.
  private static func lasting(_ path: String) throws -> Int32 {
    try descriptors.withLock { known in
      if let identity = FileStatus(at: path)?.identity, let descriptor = known[identity] { return descriptor }
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard let identity = FileStatus(descriptor: descriptor)?.identity else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
      known[identity] = descriptor
      return descriptor
    }
  }

  private static let descriptors = Mutex<[FileStatus.Identity: Int32]>([:])
}

extension StateFolder {
  /// Every regular file under the folder but the database and what SQLite keeps beside it. The `-shm` file is an index
  /// of page numbers; it never holds content, and may not be opened beside SQLite.
  fileprivate var otherFiles: [String] {
    guard let names = FileManager.default.enumerator(atPath: path) else { return [] }
    let own = Set([databasePath] + companionPaths)
    return names.compactMap { ($0 as? String).map { path + "/" + $0 } }
      .filter { !own.contains($0) && FileStatus(at: $0)?.isFile == true }
  }
}
