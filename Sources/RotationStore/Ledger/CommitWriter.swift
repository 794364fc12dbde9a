internal import Foundation
internal import GRDB
internal import RotationCore

/// Writes the parts of one commit, in the order in which they refer to one another. Wherever one row must change, none
/// is a refusal; the caller's transaction then takes everything back.
struct CommitWriter {
  let db: Database
  let erasure: Erasure
  let epoch: Int
  var known: Known
  /// A sealed private half was replaced by another sealing of it.
  var replacedSealed = false

  /// What this process itself recorded, and need not read again.
  struct Known {
    var keys: [KeyID: PublicKey] = [:]
    /// The digest of the runbook that is stored for a rotation.
    var runbooks: [RotationID: String] = [:]
    /// How many entries the log has.
    var entries: Int?
    var parts = DocumentParts()
  }

  init(db: Database, erasure: Erasure, epoch: Int, known: Known) {
    self.db = db
    self.erasure = erasure
    self.epoch = epoch
    self.known = known
  }

  /// The rotation as it is stored, in canonical JSON.
  mutating func document(of rotation: Rotation) throws -> [UInt8] {
    try Document.encode(rotation, keeping: &known.parts)
  }

  /// `document`: of the commit's rotation, where it has one.
  mutating func write(_ commit: LedgerCommit, document: [UInt8], leaves: [Leaf], extras: LedgerExtras) throws {
    try Self.checkEpoch(db, epoch)
    let runbook = try commit.runbook.map(store)
    if let rotation = commit.rotation {
      try document.withUnsafeBufferPointer { try store(rotation, .document($0), runbook: runbook) }
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
    let stored = try db.integer("SELECT epoch FROM ledger")
    guard stored == epoch else {
      throw Failure(
        .ownershipLost,
        "another process has taken the ledger over since (epoch \(stored), ours is \(epoch)); "
          + "nothing was written", remedy: ["see what it did: keyturn status", "run it again"])
    }
  }

  static func publish(_ db: Database, _ note: Data, _ size: Int) throws {
    try db.cachedStatement(
      sql: """
        UPDATE ledger SET published_size = ?1, published_note = ?2
        WHERE published_size <= ?1 AND ?1 <= (SELECT coalesce(max(idx), -1) + 1 FROM log_entries)
        """
    ).execute(arguments: [size, note])
    guard db.changesCount == 1 else {
      throw Failure(
        .conflict, "a checkpoint of \(size) entries is smaller than the last one, or larger than the log",
        remedy: ["keyturn audit verify", "after a restore: compare with a checkpoint kept elsewhere"])
    }
  }

  /// The table's trigger refuses every place but the next.
  private mutating func append(_ leaves: [Leaf]) throws {
    var next = try known.entries ?? db.integer("SELECT coalesce(max(idx), -1) + 1 FROM log_entries")
    for leaf in leaves {
      try db.run(
        "INSERT INTO log_entries (idx, rotation, bytes) VALUES (?, ?, ?)",
        .integer(next), Bound(leaf.rotation), .bytes(leaf.bytes))
      next += 1
    }
    known.entries = next
  }

  private func close(_ intent: String, of rotation: RotationID?) throws {
    let owner =
      try rotation?.rawValue
      ?? String.fetchOne(db, sql: "SELECT rotation FROM intents WHERE id = ?", arguments: [intent])
    let closed = try db.run(
      "DELETE FROM intents WHERE rotation = ? AND id = ?", Bound(owner), .text(intent))
    guard closed == 1 else { throw Self.notOpen }
  }

  static let notOpen = Failure(
    .internalError, "the intent whose outcome was to be recorded is not open; nothing was written",
    remedy: ["run it again: it looks before it acts"])

  /// Opens an intent, or records further writes of the one that is open.
  private func open(_ intent: Intent) throws {
    let opened = try db.run(
      """
      INSERT INTO intents (rotation, id, step, opened_at, opened_by, writes) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (rotation) DO UPDATE SET writes = excluded.writes WHERE id = excluded.id AND step = excluded.step
      """,
      .text(intent.rotation.rawValue), .text(intent.id), .text(intent.step.rawValue),
      .real(intent.openedAt.timeIntervalSinceReferenceDate), .text(intent.openedBy),
      .text(try Document.encode(intent.writes)))
    guard opened == 1 else {
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
    for rotation in extras.observed {
      try db.execute(sql: "UPDATE rotations SET observe_first = 0 WHERE id = ?", arguments: [rotation.rawValue])
      guard db.changesCount == 1 else {
        throw Failure(.rotationUnknown, "there is no rotation \(rotation); nothing was written")
      }
    }
  }
}
