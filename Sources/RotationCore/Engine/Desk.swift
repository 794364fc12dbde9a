internal import Foundation

/// What people put on record without touching a neighbour: their word, their approval.
package struct Desk: Sendable {
  private let parts: EngineParts

  package init(parts: EngineParts) { self.parts = parts }

  /// The operator's word that a portal step is done by hand, or that the app was started anew. Recorded as a word; tokens
  /// still prove it.
  package func attest(_ fact: AttestedFact, _ rotation: Rotation) throws -> RunReport {
    try parts.ledger.claim()
    var rotation = try parts.ledger.rotation(rotation.id) ?? rotation
    guard rotation.phase.isOpen || rotation.isGoingBack else {
      return try refuse(
        rotation, "rotation \(rotation.id) is over (\(rotation.phase.rawValue)); nothing is left to attest",
        remedy: ["keyturn history names the rotations and where each stands"])
    }
    if let reason = rotation.objection(to: fact) {
      return try refuse(rotation, reason, remedy: [rotation.waitingWords])
    }
    let now = parts.clock.now()
    rotation.attestations[fact] = Word(by: parts.operatorName, at: now)
    rotation.noteListedAgain(by: fact, at: now)
    try commit(&rotation, "attested", ["fact": .string(fact.rawValue)])
    return RunReport(rotation: rotation, outcome: .done)
  }

  /// Approves the swap or the retirement of the plan as it stands; never by the person who opened the rotation, unless
  /// `solo`: then the opener, and nobody else, says that there is no second person, and why it cannot wait. Names that
  /// differ in case alone are one person's. What the same person approved already stands, and nothing is recorded.
  package func approve(_ step: ApprovedStep, _ rotation: Rotation, reason: String, solo: Bool = false) throws
    -> RunReport
  {
    try parts.ledger.claim()
    var rotation = try parts.ledger.rotation(rotation.id) ?? rotation
    guard rotation.phase.isOpen, rotation.rollback == nil else {
      return try refuse(
        rotation,
        "rotation \(rotation.id) is not going forward (\(rotation.phase.rawValue)); nothing is left to approve",
        remedy: ["keyturn history names the rotations and where each stands"])
    }
    if let reason = rotation.objection(to: step) {
      return try refuse(rotation, reason, remedy: [rotation.waitingWords])
    }
    let isOpener = parts.operatorName.isSameName(as: rotation.openedBy)
    guard solo || !isOpener else {
      return try refuse(
        rotation, "\(parts.operatorName) opened rotation \(rotation.id) and cannot approve its \(step.rawValue)",
        remedy: [
          "somebody else runs keyturn approve \(step.rawValue) \(rotation.id) --operator NAME --reason TEXT",
          "where nobody else is there, --solo says so on record",
        ])
    }
    guard !solo || isOpener else {
      return try refuse(
        rotation, "--solo is the word of \(rotation.openedBy), who opened rotation \(rotation.id)",
        remedy: ["\(parts.operatorName) is somebody else, and approves without --solo"])
    }
    let stands = rotation.approvals.contains { approval in
      approval.step == step && approval.planDigest == rotation.planDigest && approval.solo ?? false == solo
        && approval.by.isSameName(as: parts.operatorName)
    }
    if stands { return RunReport(rotation: rotation, outcome: .done) }
    rotation.approvals.append(
      Approval(
        step: step, by: isOpener ? rotation.openedBy : parts.operatorName, at: parts.clock.now(), reason: reason,
        planDigest: rotation.planDigest,
        solo: solo))
    try commit(
      &rotation, "approved",
      [
        "step": .string(step.rawValue), "reason": .string(reason), "plan_digest": .string(rotation.planDigest),
        "solo": .bool(solo),
      ])
    return RunReport(rotation: rotation, outcome: .done)
  }

  /// A refusal is an entry of the log and changes nothing else.
  private func refuse(_ rotation: Rotation, _ summary: String, remedy: [String] = []) throws -> RunReport {
    try parts.ledger.commit(LedgerCommit(entries: [entry(rotation, "refused", ["reason": .string(summary)])]))
    return RunReport(
      rotation: rotation, outcome: .refused, failure: Failure(.refused, summary, remedy: remedy))
  }

  private func commit(_ rotation: inout Rotation, _ event: String, _ details: [String: JSONValue]) throws {
    rotation.revision += 1
    try parts.ledger.commit(LedgerCommit(rotation: rotation, entries: [entry(rotation, event, details)]))
  }

  private func entry(_ rotation: Rotation, _ event: String, _ details: [String: JSONValue]) -> LogEntry {
    LogEntry(
      at: parts.clock.now(), operator: parts.operatorName, rotation: rotation.id, phase: rotation.phase, event: event,
      details: details)
  }
}

extension String {
  /// Two spellings of one operator's name.
  func isSameName(as other: String) -> Bool { lowercased() == other.lowercased() }
}

extension Rotation {
  /// Somebody says that a key which was listed before is listed again: from now on it has to become known.
  fileprivate mutating func noteListedAgain(by fact: AttestedFact, at now: Date) {
    switch fact {
    case .published where phase != .generated: if let incoming { listedSince[incoming.kid] = now }
    case .republished where phase != .republishing: listedSince[outgoing.kid] = now
    default: return
    }
    lastPortalAct = now
  }
}
