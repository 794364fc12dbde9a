internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore

/// `keyturn keys list`
struct KeysListCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The keys whose private half is in the store, and what names each.",
    discussion: """
      Needs no passphrase.

      Examples:
        keyturn keys list
        keyturn keys list --json
      """)

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else {
      session.console.answer(KeysReport(rows: [], missing: session.stateFolder.path))
      return .done
    }
    try session.warnOfState(ledger)
    let rotations = try ledger.rotations()
    session.console.answer(KeysReport(rows: try ledger.sealedKeys().map { ($0, KeyUse(of: $0.kid, rotations)) }))
    return .done
  }
}

/// `keyturn.keys/v1`
private struct KeysReport: Answer {
  var rows: [(key: SealedKey, use: KeyUse)]
  /// Where there is no state to read.
  var missing: String?

  var json: JSONValue {
    let keys = rows.map { key, use -> JSONValue in
      [
        "kid": .string(key.kid.rawValue), "thumbprint": .string(key.reference.thumbprint.rawValue),
        "algorithm": .string(key.reference.algorithm.rawValue), "bits": .integer(Int64(key.reference.publicKey.bits)),
        "origin": .string(key.origin.rawValue), "created_at": .string(key.createdAt.iso8601),
        "needed": .array(use.reasons.map(JSONValue.string)),
      ]
    }
    return ["schema": "keyturn.keys/v1", "keys": .array(keys)]
  }

  func text(_ console: Console) -> String {
    if let missing { return "there is no state in \(missing): no key is known" }
    if rows.isEmpty { return "the store holds no key" }
    return TextTable(
      header: ["kid", "algorithm", "bits", "origin", "since", "needed"],
      rows: rows.map { key, use in
        [
          key.kid.rawValue, key.reference.algorithm.rawValue, String(key.reference.publicKey.bits),
          key.origin.rawValue, key.createdAt.iso8601, use.reasons.isEmpty ? "-" : use.reasons.joined(separator: "; "),
        ]
      }
    ).lines(console).joined(separator: "\n")
  }
}
