/// The half that reads, and can do nothing else: SQLite holds the file read-only too. Works while a writer is at work.
package final class ReadOnlyLedger: StoredLedger {
  package let connection: LedgerConnection

  init(connection: LedgerConnection) { self.connection = connection }
}
