internal import Foundation
internal import GRDB
internal import Primitives
package import RotationCore

/// A rotation of which the store and the log do not say the same.
package struct RowDisagreement: Sendable, Hashable {
  package let rotation: RotationID
  /// Whether the store has a row of it at all.
  package let hasRow: Bool
}

extension StoredLedger {
  /// Each commit's last leaf of a rotation carries the digest of the row that it was written with; what a row says now is
  /// held against the last of them. Of one rotation, or of all. A row that no leaf speaks for, being older than such
  /// digests, is passed over.
  package func disagreements(of rotation: RotationID? = nil) throws -> [RowDisagreement] {
    // No `?1 IS NULL OR …`: SQLite would read every entry for one rotation.
    func only(_ column: String) -> String { rotation == nil ? "" : " AND \(column) = ?" }
    let asked = StatementArguments(rotation.map { [$0.rawValue] } ?? [])
    return try connection.read { db in
      let lost = try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT rotation FROM log_entries
          WHERE rotation IS NOT NULL AND rotation NOT IN (SELECT id FROM rotations)\(only("rotation"))
          """, arguments: asked)
      var found = lost.map { RowDisagreement(rotation: RotationID(rawValue: $0), hasRow: false) }
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, document,
            document ->> '$.id' IS id AND document ->> '$.phase' IS phase AND document ->> '$.revision' IS revision,
            (SELECT CAST(bytes AS TEXT) ->> '$.\(LogEntry.rotationDigest)' FROM log_entries
              WHERE rotation = rotations.id AND instr(bytes, CAST('"\(LogEntry.rotationDigest)":' AS BLOB)) > 0
              ORDER BY idx DESC LIMIT 1)
          FROM rotations WHERE true\(only("id"))
          """, arguments: asked)
      while let row = try rows.next() {
        let (document, columns, logged): (String, Bool, String?) = (row[1], row[2], row[3])
        if !columns || logged.map({ $0 != SHA256Digest(of: Data(document.utf8)).label }) ?? false {
          found.append(RowDisagreement(rotation: RotationID(rawValue: row[0]), hasRow: true))
        }
      }
      return found
    }
  }
}
