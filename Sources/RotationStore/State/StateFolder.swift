private import Foundation
package import RotationCore

/// `state/`: everything that an installation writes, 0700, its files 0600. Nobody else on the machine may read or write
/// it, and it must lie on a local file system (locks and fsync over a network promise less than the ledger needs).
/// In the log's folder only the folder's own mode is looked at: nobody else gets past it.
package struct StateFolder: Sendable, Hashable {
  /// Absolute.
  package let path: String

  /// Takes a path as an operator gives it; a relative one is relative to the working directory. Touches nothing.
  package init(path: String) {
    self.path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  package var databasePath: String { path + "/keyturn.sqlite" }
  package var lockPath: String { path + "/lock" }
  package var logPath: String { path + "/log" }

  /// The folder that this path stands in.
  var parent: String {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return end == path.startIndex ? "/" : String(path[..<end])
  }

  /// What SQLite keeps beside the database.
  var companionPaths: [String] { Self.companions(of: databasePath) }

  static func companions(of database: String) -> [String] { ["-wal", "-shm", "-journal"].map { database + $0 } }

  /// There is a ledger in it. Throws where that cannot be told, and for what can be no state: a file, or a path on a
  /// file system that keeps nothing.
  package func hasLedger() throws(Failure) -> Bool {
    guard let status = try FileStatus.look(at: path, following: true) else {
      try refusePseudo(at: nearest)
      return false
    }
    guard status.isFolder else { throw noFolder }
    return try FileStatus.look(at: databasePath) != nil
  }

  /// The last folder on the way to the path that is there.
  private var nearest: String {
    var folder = self
    while folder.path != "/", FileStatus(following: folder.path) == nil { folder = StateFolder(path: folder.parent) }
    return folder.path
  }

  private func refusePseudo(at place: String) throws(Failure) {
    guard let kind = FileSystemKind.pseudo(at: place) else { return }
    throw Failure(
      .stateNotWritable, "\(path) cannot be a state: \(place) is the kernel's own (\(kind)) and keeps nothing",
      remedy: ["name another folder with --state"])
  }

  private var noFolder: Failure {
    Failure(.stateNotWritable, "the state \(path) is not a folder", remedy: ["name another folder with --state"])
  }

  /// Makes the folder where it is missing, parents too (0700), and checks it.
  package func prepare() throws(Failure) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o700) == 0 {
        chmod(made, 0o700)
        continue
      }
      let reason = errno
      if FileStatus(following: made) == nil {
        throw Failure(
          .stateNotWritable, "the state folder \(path) cannot be made",
          remedy: ["make \(made) by hand, mode 0700, or name another folder with --state"],
          cause: String(cString: strerror(reason)))
      }
    }
    // Without a database nothing of ours is in it yet: a folder that came with a checkout is simply closed.
    if FileStatus(at: databasePath) == nil { chmod(path, 0o700) }
    try check()
  }

  /// Whether the disk that `path` is on takes no write from this machine at all.
  static func isReadOnly(_ path: String) -> Bool { access(path, W_OK) != 0 && errno == EROFS }

  /// Refuses a folder or file of the state that others could read, replace or redirect, or that cannot hold a ledger.
  /// `toRead`: a read-only disk will do.
  package func check(toRead: Bool = false) throws(Failure) {
    guard let status = try FileStatus.look(at: path, following: true), status.isFolder else { throw noFolder }
    try checkPrivate(path, status, "0700")
    if let kind = FileSystemKind.network(at: path) {
      throw Failure(
        .stateNotWritable,
        "the state \(path) is on a network file system (\(kind)), where locks and flushes cannot be relied on",
        remedy: ["keep the state on a local disk: --state DIR"])
    }
    if Self.isReadOnly(path) {
      if !toRead {
        throw Failure(
          .stateNotWritable, "the state \(path) is on a read-only disk; nothing was changed anywhere",
          remedy: [
            "mount it for writing", "status, history, show and audit work as it is",
            "never go on with a copy while this one may come back",
          ])
      }
    } else if access(path, R_OK | W_OK | X_OK) != 0 {
      throw Failure(
        .stateNotWritable, "the state \(path) cannot be written, and even reading a ledger in use needs that",
        remedy: ["run as the user who owns it, or make it writable for this user"],
        cause: String(cString: strerror(errno)))
    }
    if let status = FileStatus(at: logPath) {
      guard status.isFolder else {
        throw Failure(
          .statePermissions, "\(logPath) is a symbolic link or no folder, and is not followed",
          remedy: ["put the folder itself there, or move it away: it can be rebuilt"])
      }
      try checkPrivate(logPath, status, "0700")
    }
    for file in [databasePath, lockPath] + companionPaths {
      guard let status = FileStatus(at: file) else { continue }
      guard status.isFile else {
        throw Failure(
          .statePermissions, "\(file) is a symbolic link or no regular file, and is not followed",
          remedy: ["put the file itself there, or start with another --state"])
      }
      try checkPrivate(file, status, "0600")
    }
  }

  private func checkPrivate(_ path: String, _ status: FileStatus, _ mode: String) throws(Failure) {
    guard status.permissions & 0o077 != 0 else { return }
    throw Failure(
      .statePermissions,
      "\(path) can be read or written by others (mode 0\(String(status.permissions, radix: 8)))",
      remedy: ["chmod \(mode) '\(path)'", "ask who may have read it: it holds sealed private keys"])
  }
}
