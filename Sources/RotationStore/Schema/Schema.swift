internal import GRDB

/// What a ledger's database is made of. Migrations are numbered from 1 and never edited; `user_version` counts them.
enum Schema {
  /// `KTRN`: in the file's header, so that `file(1)` and we know it from any other database.
  static let applicationID = 0x4B54_524E

  static let migrations = [schema1, schema2]

  static var version: Int { migrations.count }

  static func version(of db: Database) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }

  static func applicationID(of db: Database) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0 }

  /// Brings a database up to `version`, one transaction a step. Writes nothing when nothing is missing.
  static func migrate(_ db: Database, to version: Int = version) throws {
    for (index, sql) in migrations.prefix(version).enumerated().dropFirst(try Self.version(of: db)) {
      try db.inTransaction(.immediate) {
        try db.execute(sql: sql)
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(index + 1)")
        return .commit
      }
    }
  }
}
