internal import Foundation
internal import RotationCore

/// `status` without a name where several rotations are open: what each says, shortly; with `--json`, every document.
struct OpenRotationsReport: Answer {
  let reports: [RotationReport]
  let session: Session

  private var unsafe: RotationReport? { reports.first { !$0.standing.safeToLeave.holds } }

  private var reason: String {
    unsafe.map { "\($0.standing.rotation.id): \($0.standing.safeToLeave.reason)" }
      ?? "each of the \(reports.count) open rotations can be left"
  }

  private var until: RotationReport? {
    reports.filter { $0.standing.safeToLeave.until != nil }
      .min { $0.standing.safeToLeave.until ?? .distantFuture < $1.standing.safeToLeave.until ?? .distantFuture }
  }

  var json: JSONValue {
    [
      "schema": "keyturn.rotations/v1",
      "safe_to_leave": [
        "holds": .bool(unsafe == nil),
        "until": unsafe == nil ? .optional(until?.standing.safeToLeave.until?.iso8601) : .null,
        "reason": .string(reason),
      ],
      "rotations": .array(reports.map(\.json)),
    ]
  }

  func text(_ console: Console) -> String {
    let end = unsafe == nil ? until?.standing.safeToLeave.until.map { ", until \(console.moment($0))" } ?? "" : ""
    let first =
      console.ink(unsafe == nil ? .green : .red, "safe to walk away: \(unsafe == nil ? "yes" : "no")")
      + "\(end): \(reason.onOneLine)"
    let blocks = reports.flatMap { report -> [String] in
      let rotation = report.standing.rotation
      return [
        "", "\(rotation.id)  \(rotation.phase.rawValue), since \(console.moment(rotation.since))",
        "  client    \(rotation.clientID) at \(rotation.issuer)".onOneLine,
        "  runbook   \(rotation.runbookName)".onOneLine,
        "  go on     \(report.nextCommand ?? session.commandLine("status \(rotation.id)"))",
        "  more      \(session.commandLine("status \(rotation.id)"))",
      ]
    }
    return ([first] + blocks).joined(separator: "\n")
  }
}
