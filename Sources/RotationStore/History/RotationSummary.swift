package import Foundation
package import RotationCore

/// One rotation as a list of many tells it, with what its log entries count up to.
package struct RotationSummary: Sendable, Hashable {
  package struct KeyName: Sendable, Hashable {
    package let kid: KeyID
    package let thumbprint: Thumbprint
  }

  package let id: RotationID
  package let runbookName: String
  package let runbookDigest: String
  package let clientID: ClientID
  package let issuer: String
  package let emergency: Bool
  package let phase: Phase
  package let since: Date
  package let revision: Int
  package let openedAt: Date
  package let openedBy: String
  package let publishedAt: Date?
  package let verifiedAt: Date?
  package let retiredAt: Date?
  package let quarantineEnds: Date?
  package let outgoing: KeyName
  package let incoming: KeyName?
  package let rollback: RollbackRecord?
  package let failure: Failure?
  package let tally: RotationTally

  /// From the opening until the outgoing key was retired, or until the rotation was rolled back or abandoned, in
  /// seconds; nil while it is under way.
  package var duration: TimeInterval? {
    switch phase {
    case .rolledBack, .abandoned: since.timeIntervalSince(openedAt)
    default: phase.isOpen ? nil : retiredAt?.timeIntervalSince(openedAt)
    }
  }
}

/// How often a rotation waited, was refused something, and failed or stopped midway.
package struct RotationTally: Sendable, Hashable {
  package var waits = 0
  package var refusals = 0
  package var failures = 0

  package init() {}
}

/// Which rotations are asked for; nil asks for all.
package struct HistoryFilter: Sendable, Hashable {
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case open, retired, completed, rolledBack, abandoned
  }

  package var client: ClientID?
  package var outcome: Outcome?
  /// Opened then or later.
  package var since: Date?
  /// Opened before.
  package var until: Date?

  package init() {}
}
