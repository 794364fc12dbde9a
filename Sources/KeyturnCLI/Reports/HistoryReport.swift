internal import Foundation
internal import RotationCore

/// `keyturn.history/v1`
struct HistoryReport: Answer {
  /// Newest first.
  var rotations: [Rotation]

  var json: JSONValue {
    ["schema": "keyturn.history/v1", "rotations": .array(rotations.map(Self.document))]
  }

  private static func document(_ rotation: Rotation) -> JSONValue {
    func key(_ key: KeyReference) -> JSONValue {
      ["kid": .string(key.kid.rawValue), "thumbprint": .string(key.thumbprint.rawValue)]
    }
    return [
      "rotation": .string(rotation.id.rawValue), "runbook": .string(rotation.runbookName),
      "runbook_digest": .string(rotation.runbookDigest), "client_id": .string(rotation.clientID.rawValue),
      "issuer": .string(rotation.issuer), "emergency": .bool(rotation.emergency),
      "phase": .string(rotation.phase.rawValue), "since": .string(rotation.since.iso8601),
      "revision": .integer(Int64(rotation.revision)), "opened_at": .string(rotation.openedAt.iso8601),
      "opened_by": .string(rotation.openedBy), "published_at": .optional(rotation.publishedAt?.iso8601),
      "verified_at": .optional(rotation.verifiedAt?.iso8601), "retired_at": .optional(rotation.retiredAt?.iso8601),
      "quarantine_ends": .optional(rotation.quarantineEnds?.iso8601), "outgoing": key(rotation.outgoing),
      "incoming": rotation.incoming.map(key) ?? .null,
      "rollback": rotation.rollback.map { rollback in
        [
          "opened_at": .string(rollback.openedAt.iso8601), "by": .string(rollback.by),
          "reason": .string(rollback.reason), "from": .string(rollback.from.rawValue),
        ]
      } ?? .null,
      "failure": rotation.failure?.json ?? .null,
    ]
  }

  func text(_ console: Console) -> String {
    if rotations.isEmpty { return "no rotation was opened in this state yet" }
    return TextTable(
      header: ["rotation", "opened", "by", "runbook", "phase", "since", "outgoing -> incoming"],
      rows: rotations.map { rotation in
        [
          rotation.id.rawValue, rotation.openedAt.iso8601, rotation.openedBy, rotation.runbookName,
          rotation.phase.rawValue, rotation.since.iso8601,
          "\(rotation.outgoing.kid) -> \(rotation.incoming?.kid.rawValue ?? "-")",
        ]
      }
    ).lines(console).joined(separator: "\n")
  }
}
