internal import Foundation
internal import GRDB
internal import RotationCore

/// Writes the parts of one commit, in the order in which they refer to one another. Wherever one row must change, none
/// is a refusal; the caller's transaction then takes everything back.
struct CommitWriter {
  let db: Database
  let erasure: Erasure
  let epoch: Int
  /// Kids whose public key is known to be recorded.
  var known: [KeyID: PublicKey]
  /// A sealed private half was replaced by another sealing of it.
  private(set) var replacedSealed = false

  init(db: Database, erasure: Erasure, epoch: Int, known: [KeyID: PublicKey]) {
    self.db = db
    self.erasure = erasure
    self.epoch = epoch
    self.known = known
  }

  mutating func write(_ commit: LedgerCommit, leaves: [Leaf], extras: LedgerExtras) throws {
    try Self.checkEpoch(db, epoch)
    let runbook = try commit.runbook.map(store)
    if let rotation = commit.rotation {
      try store(rotation, runbook: runbook)
      try record(rotation.outgoing)
      if let incoming = rotation.incoming { try record(incoming) }
    }
    for key in commit.seals { try seal(key) }
    try append(leaves)
    if let closed = commit.closes { try close(closed, of: commit.rotation?.id) }
    if let intent = commit.opens { try open(intent) }
    try write(extras)
  }

  /// The conditions of `write` that a destruction must not run ahead of.
  func check(_ commit: LedgerCommit) throws {
    try Self.checkEpoch(db, epoch)
    if let rotation = commit.rotation {
      let stored = try storedRevision(of: rotation.id) ?? 0
      guard stored == rotation.revision - 1 else { throw stale(rotation, stored) }
    }
    if let id = commit.closes {
      let isOpen = try Bool.fetchOne(db, sql: "SELECT 1 FROM intents WHERE id = ?", arguments: [id])
      guard isOpen == true else { throw Self.notOpen }
    }
  }

  static func checkEpoch(_ db: Database, _ epoch: Int) throws {
    let stored = try Int.fetchOne(db.cachedStatement(sql: "SELECT epoch FROM ledger"))
    guard stored == epoch else {
      throw Failure(
        .ownershipLost,
        "another process has taken the ledger over since (epoch \(stored ?? 0), ours is \(epoch)); "
          + "nothing was written", remedy: ["see what it did: keyturn status", "run it again"])
    }
  }

  static func publish(_ db: Database, _ size: Int) throws {
    try db.cachedStatement(
      sql: """
        UPDATE ledger SET published_size = ?1
        WHERE published_size <= ?1 AND ?1 <= (SELECT coalesce(max(idx), -1) + 1 FROM log_entries)
        """
    ).execute(arguments: [size])
    guard db.changesCount == 1 else {
      throw Failure(
        .conflict, "a checkpoint of \(size) entries is smaller than the last one, or larger than the log",
        remedy: ["keyturn audit verify", "after a restore: compare with a checkpoint kept elsewhere"])
    }
  }

  /// Answers the runbook's number. The same bytes in another folder are another runbook: their paths lead elsewhere.
  private func store(_ runbook: StoredRunbook) throws -> Int {
    try db.execute(
      sql: """
        INSERT INTO runbooks (digest, folder, path, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (digest, folder) DO NOTHING
        """, arguments: [runbook.digest, runbook.folder, runbook.path, runbook.bytes])
    let serial = try Int.fetchOne(
      db, sql: "SELECT serial FROM runbooks WHERE digest = ? AND folder = ?",
      arguments: [runbook.digest, runbook.folder])
    guard let serial else { throw Self.withoutRunbook }
    return serial
  }

  private static let withoutRunbook = Failure(
    .internalError, "a rotation was to be recorded without its runbook, or as another client's; nothing was written",
    remedy: ["report this: the program tried what it must never try"])

  private func store(_ rotation: Rotation, runbook: Int?) throws {
    let document = try Document.encode(rotation)
    do {
      if rotation.revision == 1 {
        guard let runbook else { throw try refusal(of: rotation) }
        try db.execute(
          sql: """
            INSERT INTO rotations (id, issuer, client_id, runbook, opened_at, phase, revision, document)
            VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (id) DO NOTHING
            """,
          arguments: [
            rotation.id.rawValue, rotation.issuer, rotation.clientID.rawValue, runbook,
            rotation.openedAt.timeIntervalSinceReferenceDate, rotation.phase.rawValue, document,
          ])
      } else {
        if let runbook {
          try db.execute(
            sql: "UPDATE rotations SET runbook = ? WHERE id = ?", arguments: [runbook, rotation.id.rawValue])
        }
        try db.cachedStatement(
          sql: """
            UPDATE rotations SET phase = ?, revision = ?, document = ?
            WHERE id = ? AND revision = ? AND issuer = ? AND client_id = ?
              AND ? = (SELECT digest FROM runbooks WHERE serial = rotations.runbook)
            """
        ).execute(arguments: [
          rotation.phase.rawValue, rotation.revision, document, rotation.id.rawValue, rotation.revision - 1,
          rotation.issuer, rotation.clientID.rawValue, rotation.runbookDigest,
        ])
      }
    } catch DatabaseError.SQLITE_CONSTRAINT_UNIQUE {
      throw try occupied(rotation)
    }
    guard db.changesCount == 1 else { throw try refusal(of: rotation) }
  }

  private func refusal(of rotation: Rotation) throws -> Failure {
    let stored = try storedRevision(of: rotation.id) ?? 0
    return stored == rotation.revision - 1 ? Self.withoutRunbook : stale(rotation, stored)
  }

  private func storedRevision(of rotation: RotationID) throws -> Int? {
    try Int.fetchOne(db, sql: "SELECT revision FROM rotations WHERE id = ?", arguments: [rotation.rawValue])
  }

  private func stale(_ rotation: Rotation, _ stored: Int) -> Failure {
    Failure(
      .ownershipLost,
      "rotation \(rotation.id) is at revision \(stored), and this step was made for revision "
        + "\(rotation.revision - 1); nothing was written", remedy: ["keyturn status \(rotation.id)", "run it again"])
  }

  private func occupied(_ rotation: Rotation) throws -> Failure {
    let other = try Row.fetchOne(
      db,
      sql: """
        SELECT id, phase FROM rotations WHERE issuer = ? AND client_id = ? AND id <> ?
          AND phase NOT IN ('retired', 'completed', 'rolledBack', 'abandoned')
        """, arguments: [rotation.issuer, rotation.clientID.rawValue, rotation.id.rawValue])
    let id = other.map { $0["id"] as String } ?? "another"
    let phase = other.map { " (\($0["phase"] as String))" } ?? ""
    return Failure(
      .refused,
      "rotation \(id)\(phase) of client \(rotation.clientID) is open, and a client has one open rotation; "
        + "nothing was written", remedy: ["keyturn status \(id)", "finish it, roll it back or abandon it first"])
  }

  /// Safety rule 6: a kid has one public key for ever.
  private mutating func record(_ key: KeyReference) throws {
    if known[key.kid] == key.publicKey { return }
    try db.cachedStatement(
      sql: "INSERT INTO key_history (kid, n, e, thumbprint, bits) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kid) DO NOTHING"
    ).execute(arguments: [
      key.kid.rawValue, key.publicKey.n, key.publicKey.e, key.thumbprint.rawValue, key.publicKey.bits,
    ])
    if db.changesCount == 0 {
      let stored = try String.fetchOne(
        db, sql: "SELECT thumbprint FROM key_history WHERE kid = ? AND n = ? AND e = ?",
        arguments: [key.kid.rawValue, key.publicKey.n, key.publicKey.e])
      guard stored == key.thumbprint.rawValue else {
        throw Failure(
          .refused, "kid \(key.kid) was used with another public key before; nothing was written",
          remedy: ["give the key a kid of its own"])
      }
    }
    known[key.kid] = key.publicKey
  }

  private mutating func seal(_ key: SealedKey) throws {
    try record(key.reference)
    let former = try Data.fetchOne(
      db, sql: "SELECT pkcs8 FROM sealed_keys WHERE kid = ?", arguments: [key.kid.rawValue])
    try replace(former, by: key.pkcs8, key.kid.rawValue)
    try db.execute(
      sql: """
        INSERT INTO sealed_keys (kid, algorithm, origin, created_at, pkcs8) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (kid) DO UPDATE
        SET algorithm = excluded.algorithm, origin = excluded.origin, created_at = excluded.created_at,
          pkcs8 = excluded.pkcs8
        """,
      arguments: [
        key.kid.rawValue, key.reference.algorithm.rawValue, key.origin.rawValue,
        key.createdAt.timeIntervalSinceReferenceDate, key.pkcs8,
      ])
  }

  private mutating func replace(_ former: Data?, by sealed: Data, _ what: String) throws {
    guard let former, former != sealed else { return }
    try erasure.note(what, former)
    replacedSealed = true
  }

  private func append(_ leaves: [Leaf]) throws {
    let first = try Int.fetchOne(db.cachedStatement(sql: "SELECT coalesce(max(idx), -1) + 1 FROM log_entries")) ?? 0
    let statement = try db.cachedStatement(sql: "INSERT INTO log_entries (idx, rotation, bytes) VALUES (?, ?, ?)")
    for (offset, leaf) in leaves.enumerated() {
      try statement.execute(arguments: [first + offset, leaf.rotation, leaf.bytes])
    }
  }

  private func close(_ intent: String, of rotation: RotationID?) throws {
    let owner =
      try rotation?.rawValue
      ?? String.fetchOne(db, sql: "SELECT rotation FROM intents WHERE id = ?", arguments: [intent])
    try db.cachedStatement(sql: "DELETE FROM intents WHERE rotation = ? AND id = ?")
      .execute(arguments: [owner, intent])
    guard db.changesCount == 1 else { throw Self.notOpen }
  }

  private static let notOpen = Failure(
    .internalError, "the intent whose outcome was to be recorded is not open; nothing was written",
    remedy: ["run it again: it looks before it acts"])

  /// Opens an intent, or records further writes of the one that is open.
  private func open(_ intent: Intent) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO intents (rotation, id, step, opened_at, opened_by, writes) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (rotation) DO UPDATE SET writes = excluded.writes WHERE id = excluded.id AND step = excluded.step
        """
    ).execute(arguments: [
      intent.rotation.rawValue, intent.id, intent.step.rawValue, intent.openedAt.timeIntervalSinceReferenceDate,
      intent.openedBy, try Document.encode(intent.writes),
    ])
    guard db.changesCount == 1 else {
      throw Failure(
        .internalError, "rotation \(intent.rotation) has another open intent; nothing was written",
        remedy: ["run it again: it looks before it acts"])
    }
  }

  private mutating func write(_ extras: LedgerExtras) throws {
    if let key = extras.logKey {
      try replace(
        try Data.fetchOne(db, sql: "SELECT log_sealed_key FROM ledger WHERE log_sealed_key IS NOT NULL"),
        by: key.sealed, "log key")
      try db.execute(
        sql: "UPDATE ledger SET log_name = ?, log_public_key = ?, log_sealed_key = ?",
        arguments: [key.name, key.publicKey, key.sealed])
    }
    if let size = extras.publishedSize { try Self.publish(db, size) }
    for rotation in extras.observed {
      try db.execute(sql: "UPDATE rotations SET observe_first = 0 WHERE id = ?", arguments: [rotation.rawValue])
      guard db.changesCount == 1 else {
        throw Failure(.rotationUnknown, "there is no rotation \(rotation); nothing was written")
      }
    }
  }
}
