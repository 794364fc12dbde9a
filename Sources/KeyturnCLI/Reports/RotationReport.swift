internal import Foundation
internal import RotationCore

/// A rotation for programs (`keyturn.rotation/v1`, contract section 7) and for a tired operator at 02:00.
struct RotationReport: Answer {
  let standing: Standing
  let outcome: Outcome
  let waiting: Waiting
  let failure: Failure?
  let nextCommand: String?

  /// As the ledger alone tells, or with what a run has to say beyond it.
  init(
    _ rotation: Rotation, ledger: any LedgerReader, session: Session, outcome: Outcome? = nil,
    waiting: Waiting? = nil, failure: Failure? = nil
  ) throws {
    standing = try Standing(rotation, ledger: ledger, now: session.clock.now())
    self.outcome = outcome ?? standing.outcome
    self.waiting = waiting ?? standing.waiting
    self.failure = failure ?? (self.outcome == .done ? nil : rotation.failure)
    nextCommand = NextCommand.of(standing, session)
  }

  /// What a run of the engine came to.
  init?(_ report: RunReport, ledger: any LedgerReader, session: Session) throws {
    guard let rotation = report.rotation else { return nil }
    let hasWord = report.outcome == .waiting || report.outcome == .failed
    try self.init(
      rotation, ledger: ledger, session: session, outcome: report.outcome, waiting: hasWord ? report.waiting : nil,
      failure: report.failure)
  }

  var json: JSONValue {
    let rotation = standing.rotation
    return [
      "schema": "keyturn.rotation/v1", "rotation": .string(rotation.id.rawValue),
      "runbook": .string(rotation.runbookName), "runbook_digest": .string(rotation.runbookDigest),
      "phase": .string(rotation.phase.rawValue),
      "safe_to_leave": [
        "holds": .bool(standing.safeToLeave.holds), "until": .optional(standing.safeToLeave.until?.iso8601),
        "reason": .string(standing.safeToLeave.reason),
      ],
      "since": .string(rotation.since.iso8601), "revision": .integer(Int64(rotation.revision)),
      "outgoing": Self.key(rotation.outgoing), "incoming": rotation.incoming.map(Self.key) ?? .null,
      "overlap": [
        "opened": .optional(rotation.publishedAt?.iso8601), "closes": .optional(standing.overlapCloses?.iso8601),
      ],
      "waiting": [
        "on": .string(waiting.on.rawValue), "guard": .optional(waiting.guardName), "reason": .optional(waiting.reason),
        "until": .optional(waiting.until?.iso8601),
      ],
      "next": [
        "step": .optional(standing.next?.rawValue), "command": .optional(nextCommand),
        "verdicts": .array(standing.verdicts.map(\.json)),
      ],
      "rollback": [
        "possible": .bool(standing.wayBack.possible), "until": .optional(standing.wayBack.until?.iso8601),
        "steps": .array(standing.wayBack.steps.map { .string($0.rawValue) }),
        "evidence": .string(standing.wayBack.evidence),
      ],
      "outcome": .string(outcome.rawValue), "failure": failure?.json ?? .null,
    ]
  }

  static func key(_ key: KeyReference) -> JSONValue {
    ["kid": .string(key.kid.rawValue), "thumbprint": .string(key.thumbprint.rawValue)]
  }
}

/// `status` where no rotation was ever opened: the same document with nothing in it.
struct NoRotationReport: Answer {
  let state: String
  private static let reason = "no rotation was opened here yet; nothing was changed anywhere"

  var json: JSONValue {
    [
      "schema": "keyturn.rotation/v1", "rotation": .null, "runbook": .null, "runbook_digest": .null, "phase": .null,
      "safe_to_leave": ["holds": true, "until": .null, "reason": .string(Self.reason)], "since": .null,
      "revision": .null, "outgoing": .null, "incoming": .null, "overlap": ["opened": .null, "closes": .null],
      "waiting": ["on": "nothing", "guard": .null, "reason": .null, "until": .null],
      "next": ["step": .null, "command": .null, "verdicts": []],
      "rollback": ["possible": false, "until": .null, "steps": [], "evidence": .string(Self.reason)],
      "outcome": "done", "failure": .null,
    ]
  }

  func text(_ console: Console) -> String {
    """
    \(console.ink(.green, "safe to walk away: yes")): \(Self.reason)
    state       \(state)
    go on       keyturn plan RUNBOOK
    """
  }
}
