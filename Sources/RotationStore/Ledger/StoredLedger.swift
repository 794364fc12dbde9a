package import Foundation
internal import GRDB
package import RotationCore

/// What both halves of the ledger can be asked. Each answer is one query. Throws `Failure` and nothing else.
package protocol StoredLedger: LedgerReader {
  var connection: LedgerConnection { get }
}

extension StoredLedger {
  package func rotation(_ id: RotationID) throws -> Rotation? {
    try connection.read { db in
      try String.fetchOne(db, sql: "SELECT document FROM rotations WHERE id = ?", arguments: [id.rawValue])
        .map(Document.decode)
    }
  }

  package func rotations() throws -> [Rotation] {
    try connection.read { db in
      try String.fetchAll(db, sql: "SELECT document FROM rotations ORDER BY opened_at DESC, serial DESC")
        .map(Document.decode)
    }
  }

  package func openIntent(of rotation: RotationID) throws -> Intent? {
    try connection.read { db in
      let row = try Row.fetchOne(
        db,
        sql: "SELECT id, step, opened_at, opened_by, writes FROM intents WHERE rotation = ?",
        arguments: [rotation.rawValue])
      guard let row else { return nil }
      guard let step = Step(rawValue: row["step"]) else { throw Failure.damaged("an intent for an unknown step") }
      return Intent(
        id: row["id"], rotation: rotation, step: step,
        openedAt: Date(timeIntervalSinceReferenceDate: row["opened_at"]), openedBy: row["opened_by"],
        writes: try Document.decode(row["writes"]))
    }
  }

  /// Where the same bytes were used in several folders: the one used last.
  package func runbook(_ digest: String) throws -> StoredRunbook? {
    try connection.read { db in
      try Row.fetchOne(
        db, sql: "SELECT digest, bytes, folder, path FROM runbooks WHERE digest = ? ORDER BY serial DESC",
        arguments: [digest]
      ).map(storedRunbook)
    }
  }

  /// The runbook that a rotation is bound to, with the folder in which it was used for that rotation.
  package func runbook(of rotation: RotationID) throws -> StoredRunbook? {
    try connection.read { db in
      try Row.fetchOne(
        db,
        sql: """
          SELECT digest, bytes, folder, path FROM runbooks
          WHERE serial = (SELECT runbook FROM rotations WHERE id = ?)
          """, arguments: [rotation.rawValue]
      ).map(storedRunbook)
    }
  }

  package func sealedKeys() throws -> [SealedKey] {
    try connection.read { db in
      try Row.fetchAll(db, sql: sealedKeyQuery + " ORDER BY created_at, kid").map(storedKey)
    }
  }

  package func sealedKey(_ kid: KeyID) throws -> SealedKey? {
    try connection.read { db in
      try Row.fetchOne(db, sql: sealedKeyQuery + " WHERE kid = ?", arguments: [kid.rawValue]).map(storedKey)
    }
  }

  /// At most one: the ledger refuses a second.
  package func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey] {
    try connection.read { db in
      try Row.fetchAll(
        db, sql: "SELECT n, e, thumbprint, bits FROM key_history WHERE kid = ?", arguments: [kid.rawValue]
      ).map(storedPublicKey)
    }
  }

  package func entryCount() throws -> Int {
    try connection.read { db in
      try Int.fetchOne(db, sql: "SELECT coalesce(max(idx), -1) + 1 FROM log_entries") ?? 0
    }
  }

  /// Leaves that are not there (yet) are left out.
  package func entries(in range: Range<Int>) throws -> [StoredEntry] {
    try connection.read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT idx, bytes FROM log_entries WHERE idx >= ? AND idx < ? ORDER BY idx")
      return try storedEntries(statement, [range.lowerBound, range.upperBound])
    }
  }

  package func entries(of rotation: RotationID) throws -> [StoredEntry] {
    try connection.read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT idx, bytes FROM log_entries WHERE rotation = ? ORDER BY idx")
      return try storedEntries(statement, [rotation.rawValue])
    }
  }

  /// Nil before the first command that had the passphrase.
  package func logKey() throws -> LogKey? {
    try connection.read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT log_name, log_public_key, log_sealed_key FROM ledger WHERE log_name IS NOT NULL")
      return row.map { LogKey(name: $0["log_name"], publicKey: $0["log_public_key"], sealed: $0["log_sealed_key"]) }
    }
  }

  /// The size of the last checkpoint that was published; 0 before the first.
  package func publishedSize() throws -> Int {
    try connection.read { db in try Int.fetchOne(db, sql: "SELECT published_size FROM ledger") ?? 0 }
  }

  /// The signed note of the last checkpoint that was published; nil before the first, and where only an older program
  /// published one.
  package func publishedNote() throws -> Data? {
    try connection.read { db in
      guard try Schema.version(of: db) >= 2 else { return nil }
      return try Data.fetchOne(db, sql: "SELECT published_note FROM ledger WHERE published_note IS NOT NULL")
    }
  }

  /// The first entry that is filed under another rotation than the one that its bytes name; nil where none is.
  package func misfiledEntry() throws -> Int? {
    try connection.read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT idx FROM log_entries
          WHERE instr(bytes, CAST('"rotation":' || coalesce('"' || rotation || '"', 'null') AS BLOB)) = 0
          ORDER BY idx LIMIT 1
          """)
    }
  }

  /// Whether an entry tells that the log's key was made.
  package func tellsOfLogKey() throws -> Bool {
    try connection.read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM log_entries
            WHERE rotation IS NULL AND instr(bytes, CAST('"event":"log_key_made"' AS BLOB)) > 0)
          """) ?? false
    }
  }

  /// How often the ledger was taken over.
  package func epoch() throws -> Int {
    try connection.read { db in try Int.fetchOne(db, sql: "SELECT epoch FROM ledger") ?? 0 }
  }

  /// When the state was last made from a backup; nil if never.
  package func restoredAt() throws -> Date? {
    try connection.read { db in
      try Double.fetchOne(db, sql: "SELECT restored_at FROM ledger WHERE restored_at IS NOT NULL")
        .map(Date.init(timeIntervalSinceReferenceDate:))
    }
  }

  /// Rotations that a restore set back: what they say of the world may be old, so look at it before anything else.
  package func rotationsToObserve() throws -> [RotationID] {
    try connection.read { db in try db.rotationsToObserve() }
  }

  /// What was deleted and is not yet proven gone from every byte of the state's files: kids, or `log key`.
  package func pendingErasures() throws -> [String] {
    try connection.read { db in try String.fetchAll(db, sql: "SELECT what FROM erasures ORDER BY id") }
  }

  /// Looks at every page and reference. Throws `stateDamaged`.
  package func checkWhole() throws { try connection.read(LedgerFile.checkWhole) }

  /// Writes a consistent copy of the whole ledger into a new file (0600), with a writer at work or not. Private halves
  /// in it are sealed, as they are here.
  package func backup(to path: String) throws {
    try PrivateFile.create(path)
    do {
      try connection.copy(to: path)
      try PrivateFile.flush(path)
      try PrivateFile.flush(StateFolder(path: path).parent)
    } catch {
      unlink(path)
      throw error
    }
  }
}

private let sealedKeyQuery = """
  SELECT kid, algorithm, n, e, thumbprint, bits, origin, created_at, pkcs8 FROM sealed_keys JOIN key_history USING (kid)
  """

private func storedEntries(_ statement: Statement, _ arguments: StatementArguments) throws -> [StoredEntry] {
  var entries: [StoredEntry] = []
  let rows = try Row.fetchCursor(statement, arguments: arguments)
  while let row = try rows.next() { entries.append(StoredEntry(index: row[0], bytes: row[1])) }
  return entries
}

private func storedRunbook(_ row: Row) -> StoredRunbook {
  StoredRunbook(digest: row["digest"], bytes: row["bytes"], folder: row["folder"], path: row["path"])
}

private func storedPublicKey(_ row: Row) -> PublicKey {
  PublicKey(n: row["n"], e: row["e"], thumbprint: Thumbprint(rawValue: row["thumbprint"]), bits: row["bits"])
}

private func storedKey(_ row: Row) throws -> SealedKey {
  guard let algorithm = SigningAlgorithm(rawValue: row["algorithm"]),
    let origin = SealedKey.Origin(rawValue: row["origin"])
  else { throw Failure.damaged("a sealed key of an unknown kind") }
  return SealedKey(
    reference: KeyReference(kid: KeyID(row["kid"]), algorithm: algorithm, publicKey: storedPublicKey(row)),
    origin: origin, createdAt: Date(timeIntervalSinceReferenceDate: row["created_at"]), pkcs8: row["pkcs8"])
}

extension Database {
  func rotationsToObserve() throws -> [RotationID] {
    try String.fetchAll(self, sql: "SELECT id FROM rotations WHERE observe_first = 1 ORDER BY serial")
      .map(RotationID.init(rawValue:))
  }
}
