package import RotationCore

/// One rotation as people and metrics see it: the ledger's facts, with what follows from them at this hour.
package struct ShownRotation: Sendable {
  package var rotation: Rotation
  package var waiting: Waiting
  package var safeToLeave: SafeToLeave
  package var wayBack: WayBack
  package var next: Step?
  package var nextCommand: String?
  package var verdicts: [ShownVerdict]
  /// In the log's order.
  package var timeline: [ShownEvent]

  package init(
    rotation: Rotation, waiting: Waiting, safeToLeave: SafeToLeave, wayBack: WayBack, next: Step? = nil,
    nextCommand: String? = nil, verdicts: [ShownVerdict] = [], timeline: [ShownEvent] = []
  ) {
    self.rotation = rotation
    self.waiting = waiting
    self.safeToLeave = safeToLeave
    self.wayBack = wayBack
    self.next = next
    self.nextCommand = nextCommand
    self.verdicts = verdicts
    self.timeline = timeline
  }
}

/// A guard of the next step.
package struct ShownVerdict: Sendable {
  package var guardName: String
  package var holds: Bool
  package var reason: String

  package init(guardName: String, holds: Bool, reason: String) {
    self.guardName = guardName
    self.holds = holds
    self.reason = reason
  }
}

/// An entry of the audit log in words.
package struct ShownEvent: Sendable {
  /// ISO 8601 in UTC, as the log has it.
  package var at: String
  package var phase: String
  package var step: String?
  package var kid: String?
  package var by: String
  package var what: String

  package init(at: String, phase: String, step: String?, kid: String?, by: String, what: String) {
    self.at = at
    self.phase = phase
    self.step = step
    self.kid = kid
    self.by = by
    self.what = what
  }
}
