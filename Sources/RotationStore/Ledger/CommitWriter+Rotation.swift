internal import Foundation
internal import GRDB
internal import RotationCore

extension CommitWriter {
  /// Answers the runbook's number. The same bytes in another folder are another runbook: their paths lead elsewhere.
  func store(_ runbook: StoredRunbook) throws -> Int {
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

  mutating func store(_ rotation: Rotation, _ document: Bound, runbook: Int?) throws {
    let changed: Int
    do {
      if rotation.revision == 1 {
        guard let runbook else { throw try refusal(of: rotation) }
        changed = try db.run(
          """
          INSERT INTO rotations (id, issuer, client_id, runbook, opened_at, phase, revision, document)
          VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (id) DO NOTHING
          """,
          .text(rotation.id.rawValue), .text(rotation.issuer), .text(rotation.clientID.rawValue), .integer(runbook),
          .real(rotation.openedAt.timeIntervalSinceReferenceDate), .text(rotation.phase.rawValue), document)
      } else {
        if let runbook {
          try db.execute(
            sql: "UPDATE rotations SET runbook = ? WHERE id = ?", arguments: [runbook, rotation.id.rawValue])
        }
        try checkRunbook(of: rotation)
        changed = try db.run(
          """
          UPDATE rotations SET phase = ?, revision = ?, document = ?
          WHERE id = ? AND revision = ? AND issuer = ? AND client_id = ?
          """,
          .text(rotation.phase.rawValue), .integer(rotation.revision), document, .text(rotation.id.rawValue),
          .integer(rotation.revision - 1), .text(rotation.issuer), .text(rotation.clientID.rawValue))
      }
    } catch DatabaseError.SQLITE_CONSTRAINT_UNIQUE {
      throw try occupied(rotation)
    }
    guard changed == 1 else { throw try refusal(of: rotation) }
  }

  /// Throws where another runbook than the rotation's own is stored for it.
  private mutating func checkRunbook(of rotation: Rotation) throws {
    if known.runbooks[rotation.id] == rotation.runbookDigest { return }
    let stored = try String.fetchOne(
      db, sql: "SELECT digest FROM rotations JOIN runbooks ON runbooks.serial = rotations.runbook WHERE id = ?",
      arguments: [rotation.id.rawValue])
    guard stored == rotation.runbookDigest else { throw try refusal(of: rotation) }
    known.runbooks[rotation.id] = stored
  }

  private func refusal(of rotation: Rotation) throws -> Failure {
    let stored = try storedRevision(of: rotation.id) ?? 0
    return stored == rotation.revision - 1 ? Self.withoutRunbook : stale(rotation, stored)
  }

  func storedRevision(of rotation: RotationID) throws -> Int? {
    try Int.fetchOne(db, sql: "SELECT revision FROM rotations WHERE id = ?", arguments: [rotation.rawValue])
  }

  func stale(_ rotation: Rotation, _ stored: Int) -> Failure {
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
}
