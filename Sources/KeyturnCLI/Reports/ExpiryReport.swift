internal import ControlServer
internal import Foundation
internal import RotationCore

/// `keyturn.expiry/v1`: each client's keys as its portal listed them, and when that was seen.
struct ExpiryReport: Answer {
  var sets: [SeenKeySet]

  var json: JSONValue {
    [
      "schema": "keyturn.expiry/v1",
      "clients": .array(
        sets.map { set in
          [
            "issuer": .string(set.issuer), "client_id": .string(set.clientID.rawValue),
            "seen_at": .string(set.seenAt.iso8601), "keys": .array(set.keys.map(\.json)),
          ]
        }),
    ]
  }

  func text(_ console: Console) -> String {
    let keys = sets.flatMap(\.keys)
    if keys.isEmpty { return "no key could be read" }
    return (Self.table(keys).lines(console) + keys.compactMap(\.finding)).joined(separator: "\n")
  }

  static func table(_ keys: [KeyExpiry]) -> TextTable {
    TextTable(
      header: ["kid", "expires", "days left", "latest safe start", "standing"],
      rows: keys.map { key in
        [
          key.kid.rawValue, key.expires?.iso8601 ?? "unknown", key.daysLeft.map(String.init) ?? "-",
          key.latestSafeStart?.iso8601 ?? "-", key.standing.rawValue,
        ]
      })
  }
}
