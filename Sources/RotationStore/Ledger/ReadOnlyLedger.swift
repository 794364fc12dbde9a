package import RotationCore

/// The half that reads, and can do nothing else: SQLite holds the file read-only too. Works while a writer is at work.
package final class ReadOnlyLedger: StoredLedger {
  package let connection: LedgerConnection
  private let path: String

  init(connection: LedgerConnection, path: String) {
    self.connection = connection
    self.path = path
  }

  /// What a look at every page finds, also of those that no answer rests on. Nil: nothing, or the database has more than
  /// `limit` bytes and was not looked at, so that a reader answers at once.
  package func damage(upTo limit: Int = 4 << 20) -> Failure? {
    guard let size = FileStatus(at: path)?.size, size <= limit else { return nil }
    do throws(Failure) { try connection.read(LedgerFile.checkPages) } catch {
      return error.code == .stateDamaged ? error : nil
    }
    return nil
  }
}
