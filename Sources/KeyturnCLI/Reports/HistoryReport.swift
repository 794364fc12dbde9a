internal import Foundation
internal import RotationCore
internal import RotationStore

/// `keyturn.history/v1`
struct HistoryReport: Answer {
  /// Newest first.
  var rotations: [RotationSummary]
  /// Of how many; nil where nothing was asked but all.
  var known: Int?
  /// Where there is no state to read.
  var missing: String?

  var json: JSONValue {
    [
      "schema": "keyturn.history/v1", "rotations": .array(rotations.map(Self.document)),
      "statistics": HistoryStatistics(rotations).json,
    ]
  }

  private static func document(_ rotation: RotationSummary) -> JSONValue {
    func key(_ key: RotationSummary.KeyName) -> JSONValue {
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
      "duration_s": rotation.duration.map { .integer(Int64($0.rounded())) } ?? .null,
      "waits": .integer(Int64(rotation.tally.waits)), "refusals": .integer(Int64(rotation.tally.refusals)),
      "failures": .integer(Int64(rotation.tally.failures)),
    ]
  }

  func text(_ console: Console) -> String {
    if let missing { return NoRotationReport.nothing(at: missing) }
    if rotations.isEmpty, let known, known > 0 { return "none of \(counted(known, "rotation")) matches" }
    return rotations.isEmpty
      ? "no rotation was opened in this state yet"
      : (table.lines(console) + ["", HistoryStatistics(rotations).text]).joined(separator: "\n")
  }

  var table: TextTable {
    TextTable(
      header: ["rotation", "opened", "by", "runbook", "phase", "since", "took", "outgoing -> incoming"],
      rows: rotations.map { rotation in
        [
          rotation.id.rawValue, rotation.openedAt.iso8601, rotation.openedBy, rotation.runbookName,
          rotation.phase.rawValue, rotation.since.iso8601, rotation.duration?.inWords ?? "-",
          "\(rotation.outgoing.kid) -> \(rotation.incoming?.kid.rawValue ?? "-")",
        ]
      })
  }
}

extension TimeInterval {
  /// The two largest units that say something: `1d 4h`, `12m 3s`.
  var inWords: String {
    var rest = Int64(rounded())
    var parts: [String] = []
    for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60), ("s", 1)] where parts.count < 2 {
      let count = rest / length
      rest %= length
      if count > 0 { parts.append("\(count)\(unit)") }
    }
    return parts.isEmpty ? "0s" : parts.joined(separator: " ")
  }
}
