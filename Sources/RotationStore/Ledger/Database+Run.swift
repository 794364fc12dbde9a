internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// A value for one place of a statement.
enum Bound {
  case text(String)
  /// UTF-8 that stays where it is until the statement has run; SQLite does not copy it.
  case document(UnsafeBufferPointer<UInt8>)
  case integer(Int)
  case real(Double)
  case bytes(Data)
  case null

  init(_ text: String?) { self = text.map { .text($0) } ?? .null }
}

/// The statements of every commit, by SQLite's own calls: GRDB's arguments would cost half as much again as the commit.
extension Database {
  /// Runs a statement to its end, prepared once a connection. Answers how many rows it changed.
  @discardableResult
  func run(_ sql: String, _ values: Bound...) throws -> Int {
    let statement = try cachedStatement(sql: sql).sqliteStatement
    return try withExtendedLifetime(values) {
      defer {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
      }
      for (index, value) in values.enumerated() {
        try check(value.bind(to: statement, at: Int32(index + 1)), SQLITE_OK)
      }
      try check(sqlite3_step(statement), SQLITE_DONE)
      return Int(sqlite3_changes(sqliteConnection))
    }
  }

  /// The one integer that a query answers.
  func integer(_ sql: String) throws -> Int {
    let statement = try cachedStatement(sql: sql).sqliteStatement
    defer { sqlite3_reset(statement) }
    try check(sqlite3_step(statement), SQLITE_ROW)
    return Int(sqlite3_column_int64(statement, 0))
  }

  private func check(_ code: Int32, _ expected: Int32) throws {
    guard code != expected else { return }
    throw DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(sqliteConnection)), message: lastErrorMessage)
  }
}

extension Bound {
  fileprivate func bind(to statement: OpaquePointer, at place: Int32) -> Int32 {
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch self {
    case .text(let text):
      return sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), copied)
    case .document(let text):
      return text.withMemoryRebound(to: CChar.self) {
        sqlite3_bind_text(statement, place, $0.baseAddress, Int32($0.count), nil)
      }
    case .integer(let number): return sqlite3_bind_int64(statement, place, Int64(number))
    case .real(let number): return sqlite3_bind_double(statement, place, number)
    case .bytes(let data):
      return data.withUnsafeBytes {
        guard let start = $0.baseAddress else { return sqlite3_bind_zeroblob(statement, place, 0) }
        return sqlite3_bind_blob(statement, place, start, Int32($0.count), copied)
      }
    case .null: return sqlite3_bind_null(statement, place)
    }
  }
}
