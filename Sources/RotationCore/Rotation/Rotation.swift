package import Foundation

/// One rotation as the ledger holds it: facts that were made true, and what was last seen. Times are UTC.
package struct Rotation: Sendable, Hashable, Codable {
  package let id: RotationID
  package let openedAt: Date
  package let openedBy: String
  package let issuer: String
  package let clientID: ClientID
  package let emergency: Bool
  package let manualPortal: Bool
  package let outgoing: KeyReference

  package var runbookName: String
  /// `sha256:` and the hex digest of the runbook's bytes; the bytes are stored under it.
  package var runbookDigest: String
  /// `sha256:` digests of resolved values (client, issuer, endpoint, portal, each target), by name.
  package var binding: [String: String]
  /// `sha256:` digest of what the plan promised; approvals are bound to it. Moves when the runbook is bound anew and when
  /// the portal's keys of other systems change; never by an act of this rotation.
  package var planDigest: String
  /// Digest of the portal's keys of other systems as last seen; nil before they were.
  package var foreignKeys: String?
  package var timing: Runbook.Timing
  package var approvalsNeeded: Runbook.Approvals
  /// The maintenance window as bound; `status` computes its guard without the runbook.
  package var window: MaintenanceWindow?
  /// How long the swap and its reload may take by the runbook as bound; nil: opened by a version that did not note it.
  package var swapBudget: Duration?

  package var phase: Phase
  /// When `phase` became true.
  package var since: Date
  /// Counts this rotation's commits.
  package var revision: Int
  package var incoming: KeyReference?

  package var publishedAt: Date?
  package var verifiedAt: Date?
  package var retiredAt: Date?
  /// Our last write to the portal, or the operator's word for one.
  package var lastPortalAct: Date?
  /// Since when a key stands in the portal as far as we know; a token older than that proves nothing.
  package var listedSince: [KeyID: Date]
  /// Since when a key of ours stands where another one was listed under its kid; nil: none ever did.
  package var replacedSince: [KeyID: Date]?
  /// The last token that each key obtained.
  package var lastGrant: [KeyID: TokenGrant]
  /// The last refusal that each key met.
  package var lastRefusal: [KeyID: TokenRefusal]
  /// When the removal of the outgoing key was first sent; from then on only its proof is left.
  package var retireActed: Date?
  /// Foreign kids that the operator took as the truth, by target; the swap overwrites them.
  package var acceptedForeign: [String: KeyID]
  /// A write of a pair was opened at some target; the phase alone cannot tell what targets hold.
  package var targetWriteOpened: Bool
  /// What ran on each target that can put it back by name, before the first write; nil before that.
  package var bookmarks: [String: String]?
  /// Writes that got no answer, by neighbour; a different write there waits for `timing.settle`.
  package var unanswered: [String: UnansweredWrite]
  package var attestations: [AttestedFact: Word]
  package var approvals: [Approval]
  package var rollback: RollbackRecord?
  /// Why a rollback was asked for that could not be opened yet; nil once one was, or a way forward was taken.
  package var rollbackAsked: String?
  /// When every target was set back and started in the open rollback.
  package var restoredAt: Date?
  /// The verdicts of the next step, as last read.
  package var verdicts: [RecordedVerdict]
  package var waiting: Waiting
  /// The failure that holds the rotation, until a step succeeds.
  package var failure: Failure?
  /// The portal's set and each target's kid as last seen.
  package var lastSeen: LastSeen

  package init(
    id: RotationID, openedAt: Date, openedBy: String, issuer: String, clientID: ClientID, emergency: Bool,
    manualPortal: Bool, outgoing: KeyReference, runbookName: String, runbookDigest: String,
    binding: [String: String], planDigest: String, timing: Runbook.Timing, approvalsNeeded: Runbook.Approvals
  ) {
    self.id = id
    self.openedAt = openedAt
    self.openedBy = openedBy
    self.issuer = issuer
    self.clientID = clientID
    self.emergency = emergency
    self.manualPortal = manualPortal
    self.outgoing = outgoing
    self.runbookName = runbookName
    self.runbookDigest = runbookDigest
    self.binding = binding
    self.planDigest = planDigest
    self.timing = timing
    self.approvalsNeeded = approvalsNeeded
    phase = .planned
    since = openedAt
    revision = 1
    listedSince = [:]
    lastGrant = [:]
    lastRefusal = [:]
    acceptedForeign = [:]
    targetWriteOpened = false
    unanswered = [:]
    attestations = [:]
    approvals = []
    verdicts = []
    waiting = .nothing
    lastSeen = LastSeen()
  }

  /// A rollback was opened and has not ended.
  package var isGoingBack: Bool { rollback != nil && !phase.isFinal }
  /// Somebody has to go on with it, forward or back.
  package var isUnderWay: Bool { phase.isOpen || isGoingBack }

  /// The effect at `neighbour` is there. That does not tell that the write without an answer has landed, since somebody
  /// may have done the same by hand, or it was sent twice: it may land until it has settled.
  mutating func settle(_ neighbour: String, at now: Date) {
    guard let write = unanswered[neighbour] else { return }
    if now < write.at + timing.settle { unanswered[neighbour]?.repeated = true } else { unanswered[neighbour] = nil }
  }

  /// When the outgoing private key may be destroyed; nil before `retired`.
  package var quarantineEnds: Date? {
    retiredAt.map { emergency ? $0 : $0 + timing.quarantine }
  }

  /// When the overlap may be closed by `retireKey`; nil before `verified`.
  package var overlapCloses: Date? {
    verifiedAt.map { $0 + timing.overlap }
  }
}

package struct UnansweredWrite: Sendable, Hashable, Codable {
  package var step: Step
  /// What was written, in words: the kids it adds, removes or sets.
  package var change: String
  /// When it was sent; `notKnown` until a run begins, where the one that would have known was ended.
  package var at: Date
  package static let notKnown = Date.distantFuture
  /// It was sent again, or its effect is there: that does not tell that this one has landed.
  package var repeated: Bool?

  package init(step: Step, change: String, at: Date, repeated: Bool? = nil) {
    self.step = step
    self.change = change
    self.at = at
    self.repeated = repeated
  }
}

/// What the operator may vouch for with `attest`.
package enum AttestedFact: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
  case published, retired, withdrawn, republished, deployed, verified
}

/// Somebody's word: who and when.
package struct Word: Sendable, Hashable, Codable {
  package var by: String
  package var at: Date
  package init(by: String, at: Date) {
    self.by = by
    self.at = at
  }
}

package enum ApprovedStep: String, Sendable, Hashable, Codable, CaseIterable { case swap, retire }

package struct Approval: Sendable, Hashable, Codable {
  package var step: ApprovedStep
  package var by: String
  package var at: Date
  package var reason: String
  package var planDigest: String
  /// Given by the opener, who said that nobody else is there; nil: by somebody else.
  package var solo: Bool?
  package init(
    step: ApprovedStep, by: String, at: Date, reason: String, planDigest: String, solo: Bool = false
  ) {
    self.step = step
    self.by = by
    self.at = at
    self.reason = reason
    self.planDigest = planDigest
    self.solo = solo ? true : nil
  }
}

package struct RollbackRecord: Sendable, Hashable, Codable {
  package var openedAt: Date
  package var by: String
  package var reason: String
  package var from: Phase
  package var acceptTainted: Bool
  package init(openedAt: Date, by: String, reason: String, from: Phase, acceptTainted: Bool) {
    self.openedAt = openedAt
    self.by = by
    self.reason = reason
    self.from = from
    self.acceptTainted = acceptTainted
  }
}

package struct LastSeen: Sendable, Hashable, Codable {
  package var portal: PortalKeySet?
  package var portalAt: Date?
  /// By target name: the kid it held, or nil where it could not be told.
  package var targets: [String: KeyID?]
  package var targetsAt: Date?
  package var beacons: [String: KeyID?]
  /// Our clock's lead over Maskinporten's, seconds.
  package var clockAhead: Double?

  package init() {
    targets = [:]
    beacons = [:]
  }
}

/// What the next step waits for, and whom.
package struct Waiting: Sendable, Hashable, Codable {
  package enum On: String, Sendable, Hashable, Codable, CaseIterable { case time, person, neighbour, nothing }
  package var on: On
  package var guardName: String?
  package var reason: String?
  package var until: Date?

  package init(on: On, guardName: String? = nil, reason: String? = nil, until: Date? = nil) {
    self.on = on
    self.guardName = guardName
    self.reason = reason
    self.until = until
  }

  package static let nothing = Waiting(on: .nothing)

  private enum CodingKeys: String, CodingKey {
    case on, reason, until
    case guardName = "guard"
  }
}

/// A guard's answer as it was read at an hour.
package struct RecordedVerdict: Sendable, Hashable, Codable {
  package var guardName: String
  package var holds: Bool
  package var reason: String
  package var readAt: Date

  package init(guardName: String, holds: Bool, reason: String, readAt: Date) {
    self.guardName = guardName
    self.holds = holds
    self.reason = reason
    self.readAt = readAt
  }

  private enum CodingKeys: String, CodingKey {
    case holds, reason
    case guardName = "guard"
    case readAt = "read_at"
  }
}
extension KeyID: CodingKeyRepresentable {
  package var codingKey: any CodingKey { rawValue.codingKey }
  package init?(codingKey: some CodingKey) { self.init(rawValue: codingKey.stringValue) }
}

extension Rotation {
  /// Its quarantine is over, and its outgoing key waits to be destroyed.
  package func isOverdue(at now: Date) -> Bool {
    phase == .retired && rollback == nil && quarantineEnds.map { now >= $0 } ?? false
  }
}
