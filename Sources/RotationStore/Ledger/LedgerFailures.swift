internal import GRDB
internal import RotationCore

extension Failure {
  /// What SQLite said, in an operator's words. Neither statement nor arguments go along: they may be anything.
  init(_ error: DatabaseError) {
    let cause = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no text")"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .damaged(cause)
    case _ where error.isFullDisk:
      self.init(
        .stopped, "the disk is full: this part of the record was not written, and the process must end",
        remedy: ["free space on the state's disk", "run it again: it looks before it acts"], cause: cause)
    case .SQLITE_IOERR:
      self.init(
        .stopped,
        "the state's disk failed while writing: what was recorded last is uncertain, and the process must end",
        remedy: ["look at the disk (dmesg)", "run it again: it looks before it acts"], cause: cause)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .stateBusy, "another program holds the ledger's database",
        remedy: ["end what has keyturn.sqlite open (a backup program, sqlite3)", "run it again"], cause: cause)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(
        .stateNotWritable, "the ledger's database cannot be opened or written",
        remedy: ["look at the state folder's owner and permissions"], cause: cause)
    case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
      self.init(
        .internalError, "the ledger refused a record that breaks its rules; nothing was written",
        remedy: ["report this: the program tried what it must never try"], cause: cause)
    default:
      self.init(
        .internalError, "the ledger's database did not do what it was asked; nothing was written",
        remedy: ["run it again", "if it stays, report this"], cause: cause)
    }
  }

  /// What a reader meets, who records nothing, where there is no room or no right for SQLite's files beside the database.
  static func unreadable(_ error: DatabaseError, at path: String) -> Failure? {
    let cause = Failure(error).cause
    if error.isFullDisk {
      return Failure(
        .stateNotWritable,
        "the disk is full, and reading a ledger needs 32 KiB for its index beside \(path); nothing was changed",
        remedy: ["free space on the state's disk", "run it again"], cause: cause)
    }
    guard [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode), StateFolder.isReadOnly(path) else {
      return nil
    }
    return Failure(
      .stateNotWritable,
      "\(path) is on a read-only disk with a WAL that no reader can index there; nothing was changed",
      remedy: ["copy the whole folder to a disk that can be written (cp -a), and name the copy with --state"],
      cause: cause)
  }

  private static let damage = "the ledger's database is damaged; nothing was written to it"

  static func damaged(_ cause: String) -> Failure {
    Failure(
      .stateDamaged, damage,
      remedy: ["keep the folder as it is for a later look, and restore the last backup into another"], cause: cause)
  }

  /// With the commands that save what is left of the state whose database is at `path`.
  func naming(_ path: String) -> Failure {
    guard code == .stateDamaged, summary == Self.damage else { return self }
    let folder = StateFolder(path: path).parent
    func quoted(_ path: String) -> String { "'" + path.replacing("'", with: "'\\''") + "'" }
    var named = self
    named.remedy = [
      "keep the folder as it is for a later look: mv \(quoted(folder)) \(quoted(folder + ".damaged"))",
      "restore the last backup: keyturn state restore FILE --state \(quoted(folder))",
    ]
    return named
  }
}

extension DatabaseError {
  /// No space for the database, its WAL, or the `-shm` file, which SQLite calls a failure to size it.
  var isFullDisk: Bool { resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE }

  /// After these the process must end: what the file holds and what SQLite believes may differ.
  var endsTheProcess: Bool {
    switch resultCode {
    case .SQLITE_IOERR, .SQLITE_FULL, .SQLITE_CORRUPT, .SQLITE_NOTADB: true
    default: false
    }
  }
}

/// Runs `body` and lets only `Failure` out, which names the folder of a damaged database at `path`.
func translatingErrors<T>(at path: String, _ body: () throws -> T) throws(Failure) -> T {
  do { return try body() } catch let failure as Failure { throw failure.naming(path) } catch let error as DatabaseError
  {
    throw Failure(error).naming(path)
  } catch is DecodingError {
    throw Failure.damaged("a stored document cannot be read").naming(path)
  } catch {
    throw Failure(.internalError, "the ledger failed in a way it does not know", cause: "\(type(of: error))")
  }
}
