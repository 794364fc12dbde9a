internal import Foundation
internal import GRDB
internal import RotationCore

extension CommitWriter {
  /// Safety rule 6: a kid has one public key for ever.
  mutating func record(_ key: KeyReference) throws {
    if known.keys[key.kid] == key.publicKey { return }
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
    known.keys[key.kid] = key.publicKey
  }

  mutating func seal(_ key: SealedKey) throws {
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

  mutating func replace(_ former: Data?, by sealed: Data, _ what: String) throws {
    guard let former, former != sealed else { return }
    try erasure.note(what, former)
    replacedSealed = true
  }
}
