internal import Foundation
internal import RotationCore

/// A guard of the next step: as last read, or computed afresh where it rests on time and the ledger alone.
struct StandingVerdict: Sendable {
  var guardName: String
  var holds: Bool
  var reason: String
  /// Nil: never read.
  var readAt: Date?
  /// What would make it hold; nil where it holds or was not computed afresh.
  var blocker: Verdict.Blocker?
  /// Computed just now, so that an older word about it no longer counts.
  var isFresh = false

  init(guardName: String, holds: Bool, reason: String, readAt: Date?, blocker: Verdict.Blocker? = nil) {
    self.guardName = guardName
    self.holds = holds
    self.reason = reason
    self.readAt = readAt
    self.blocker = blocker
  }

  init(_ recorded: RecordedVerdict) {
    self.init(
      guardName: recorded.guardName, holds: recorded.holds, reason: recorded.reason, readAt: recorded.readAt)
  }

  init(_ name: String, _ verdict: Verdict, at now: Date) {
    self.init(
      guardName: name, holds: verdict.holds, reason: verdict.reason, readAt: now, blocker: verdict.blocker)
    isFresh = true
  }

  var json: JSONValue {
    [
      "guard": .string(guardName), "holds": .bool(holds), "reason": .string(reason),
      "read_at": .optional(readAt?.iso8601),
    ]
  }
}

/// Where a rotation stands, told from the ledger and the hour alone: no network, passphrase or variable.
struct Standing: Sendable {
  let rotation: Rotation
  let intent: Intent?
  /// The step that comes next; nil at an end.
  let next: Step?
  let verdicts: [StandingVerdict]
  let wayBack: WayBack
  let safeToLeave: SafeToLeave
  /// The runbook as it was at opening.
  let source: StoredRunbook?

  init(_ rotation: Rotation, ledger: any LedgerReader, now: Date) throws {
    self.rotation = rotation
    intent = try ledger.openIntent(of: rotation.id)
    let others = try ledger.rotations().filter { $0.id != rotation.id }
    let sealed = try ledger.sealedKeys()
    source = try ledger.runbook(rotation.runbookDigest)
    wayBack = WayBack.of(
      rotation, openIntent: intent, others: others, sealed: Set(sealed.map(\.kid)), now: now)
    safeToLeave = SafeToLeave.of(rotation, openIntent: intent, others: others, now: now)
    next = Self.next(rotation, intent, wayBack)
    guard let next, let row = TransitionTable.standard.row(rotation.phase, next) else {
      verdicts = []
      return
    }
    var facts = Facts(now: now, step: next, rotation: rotation, rules: StepRules(remembering: rotation))
    for key in sealed { facts.sealed[key.kid] = key.reference.publicKey }
    facts.others = others
    if let incoming = rotation.incoming { facts.everUsed = try ledger.publicKeys(everUsedWith: incoming.kid) }
    let recorded = Dictionary(rotation.verdicts.map { ($0.guardName, $0) }, uniquingKeysWith: { _, last in last })
    verdicts = row.guards.map { [facts] in
      if $0.needs.isEmpty { return StandingVerdict($0.name, $0(facts), at: now) }
      return recorded[$0.name].map { StandingVerdict($0) }
        ?? StandingVerdict(
          guardName: $0.name, holds: false, reason: "not read yet: advance --dry-run reads it", readAt: nil)
    }
  }

  private static func next(_ rotation: Rotation, _ intent: Intent?, _ wayBack: WayBack) -> Step? {
    if rotation.phase.isFinal { return nil }
    if let intent { return intent.step }
    if rotation.rollback != nil { return wayBack.steps.first }
    return TransitionTable.standard.forward(from: rotation.phase)?.step
  }

  /// What the next step waits for, with the guards that were computed afresh in place of an older word about them.
  var waiting: Waiting {
    let stored = rotation.waiting
    guard next != nil else { return .nothing }
    if stored.on == .person || stored.on == .neighbour, !isSettled(stored) { return stored }
    let failing = verdicts.filter { !$0.holds }
    if let person = failing.first(where: { $0.blocker == .person }) {
      return Waiting(on: .person, guardName: person.guardName, reason: person.reason)
    }
    let times = failing.compactMap { verdict -> (StandingVerdict, Date)? in
      if case .time(let until)? = verdict.blocker { (verdict, until) } else { nil }
    }
    guard let last = times.max(by: { $0.1 < $1.1 }) else { return .nothing }
    return Waiting(
      on: .time, guardName: last.0.guardName, reason: times.map(\.0.reason).joined(separator: "; "), until: last.1)
  }

  /// What was waited for has come meanwhile, as far as the ledger can tell.
  private func isSettled(_ stored: Waiting) -> Bool {
    guard let name = stored.guardName else { return false }
    if let attested = AttestedFact.allCases.first(where: { name == "attested(\($0.rawValue))" }) {
      return rotation.attestations[attested] != nil
    }
    if name == "signersOnIncoming", rotation.attestations[.deployed] != nil { return true }
    return verdicts.contains { $0.guardName == name && $0.isFresh }
  }

  var outcome: Outcome {
    if next == nil || (rotation.phase == .retired && rotation.rollback == nil) { return .done }
    if intent != nil { return .midway }
    let waits = waiting.on != .nothing
    if let failure = rotation.failure, !(failure.code == .stopped && waits) {
      return ExitStatus(failure.code) == .midway ? .midway : .failed
    }
    return waits ? .waiting : .midway
  }

  /// When the overlap window could close, or did.
  var overlapCloses: Date? {
    if rotation.phase == .rolledBack { return rotation.publishedAt == nil ? nil : rotation.since }
    return rotation.retiredAt ?? rotation.overlapCloses
  }
}

extension JSONValue {
  /// The text, or an explicit null.
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
