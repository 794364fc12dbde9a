internal import Foundation
internal import RotationCore
internal import RotationStore

/// A rotation for programs (`keyturn.rotation/v1`, contract section 7) and for a tired operator at 02:00.
struct RotationReport: Answer {
  let standing: Standing
  let outcome: Outcome
  let waiting: Waiting
  let failure: Failure?
  let nextCommand: String?
  /// Another process that is at work on the state.
  let holder: StateLock.Holder?

  /// As the ledger alone tells, or with what a run has to say beyond it.
  init(
    _ rotation: Rotation, ledger: any LedgerReader, session: Session, outcome: Outcome? = nil,
    waiting: Waiting? = nil, failure: Failure? = nil, holder: StateLock.Holder? = nil
  ) throws {
    standing = try Standing(rotation, ledger: ledger, now: session.clock.now())
    self.outcome = outcome ?? standing.outcome
    self.holder = holder
    var waits = waiting ?? standing.waiting
    waits.reason = waits.reason.map { session.addressed($0).withoutRepeats }
    self.waiting = waits
    self.failure = (failure ?? (self.outcome == .done ? nil : rotation.failure)).map(session.addressed)
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
    let members: [String: JSONValue] = [
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
    guard let holder else { return .object(members) }
    let held: JSONValue = [
      "operator": .string(holder.operatorName), "since": .string(holder.since.iso8601),
      "command": .string(holder.command), "pid": .integer(Int64(holder.pid)), "host": .string(holder.host),
    ]
    return .object(members.merging(["held_by": held]) { $1 })
  }

  static func key(_ key: KeyReference) -> JSONValue {
    ["kid": .string(key.kid.rawValue), "thumbprint": .string(key.thumbprint.rawValue)]
  }
}
