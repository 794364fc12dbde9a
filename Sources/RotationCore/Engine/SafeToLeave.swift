package import struct Foundation.Date

/// May the operator walk away now? A pure function of the ledger.
package struct SafeToLeave: Sendable, Hashable, Codable {
  package let holds: Bool
  /// Until when, where an end is known: a key that is in use expires.
  package let until: Date?
  package let reason: String

  package static func of(_ rotation: Rotation, openIntent: Intent?, now: Date) -> SafeToLeave {
    let set = rotation.lastSeen.portal
    let expiring = rotation.keysInUse.compactMap { key in set?[key.kid]?.expires.map { (key.kid, $0) } }
      .min { $0.1 < $1.1 }
    let until = expiring?.1
    func no(_ reason: String) -> SafeToLeave { SafeToLeave(holds: false, until: nil, reason: reason) }
    if let openIntent { return no("\(openIntent.step.rawValue) was begun and its end is not recorded") }
    if let (neighbour, write) = rotation.unanswered.first(where: {
      $0.value.repeated != true || now < $0.value.at + rotation.timing.settle
    }) {
      return no("a write to \(neighbour) (\(write.change)) got no answer")
    }
    let failed = rotation.failure.map { $0.code != .stopped } ?? false && rotation.phase.isOpen
    if failed, rotation.failure?.code == .conflict || !rotation.isSeenOnOutgoing {
      return no("the last step failed; see why, then go on or back")
    }
    if rotation.retireActed != nil, rotation.phase == .verified {
      return no("the outgoing key was removed; the proof is missing")
    }
    if let key = rotation.keysInUse.first(where: { rotation.wasMissing($0.kid) }) {
      let seen = rotation.lastSeen.portalAt.map { " at \($0.iso8601)" } ?? ""
      return no("the portal did not list kid \(key.kid), which is in use,\(seen): its callers are refused")
    }
    if let until, until <= now { return no("a key that is in use expired at \(until.iso8601)") }
    let reason = [
      rotation.whatStands(at: now), failed ? "the last step failed and changed nothing there" : nil,
      expiring.map { "kid \($0.0) expires then" },
    ]
    return SafeToLeave(
      holds: rotation.phase != .republishing && rotation.phase != .restoring, until: until,
      reason: reason.compactMap(\.self).joined(separator: "; "))
  }
}

extension Rotation {
  /// What the phase has made true, as far as is known.
  package func whatStands(at now: Date) -> String {
    switch phase {
    case .planned, .generated: "nothing but the store was changed; the outgoing key serves"
    case .published, .proven:
      !targetWriteOpened || isSeenOnOutgoing
        ? "the portal lists both keys; every target is on the outgoing one"
        : "the portal lists both keys; a target may be on either"
    case .swapped: "both keys are accepted; what runs may use either"
    case .deployed: "both keys are accepted; what runs was started with the incoming one"
    case .verified: "both keys are accepted; the incoming one is verified"
    case .retired:
      quarantineEnds.map { now >= $0 } ?? false
        ? "the incoming key serves; the quarantine is over, and the next rotate destroys the outgoing key"
        : "the incoming key serves; the outgoing one can still be put back"
    case .completed: "the incoming key serves; the rotation is over"
    case .republishing, .restoring: "a rollback is under way; go on with it before you leave"
    case .restored: "both keys are accepted; every target is on the outgoing one"
    case .rolledBack, .abandoned: "the outgoing key serves; the rotation is over"
    }
  }

  /// Before the swap, with every target and what runs there last seen on the outgoing key, which the portal lists and
  /// Maskinporten accepts: a step that failed here changed nothing that callers could feel.
  fileprivate var isSeenOnOutgoing: Bool {
    guard phase == .published || phase == .proven, !lastSeen.targets.isEmpty,
      lastSeen.targets.values.allSatisfy({ $0 == outgoing.kid }),
      lastSeen.beacons.values.allSatisfy({ $0 == nil || $0 == outgoing.kid }),
      lastSeen.portal.map({ $0.lists(outgoing) }) ?? manualPortal, lastGrant[outgoing.kid] != nil
    else { return false }
    return standingRefusal(outgoing.kid) == nil
  }

  /// The keys that signers may be using.
  var keysInUse: [KeyReference] {
    switch phase {
    case .planned, .generated, .published, .proven, .restored, .rolledBack, .abandoned: [outgoing]
    case .swapped, .republishing, .restoring: [outgoing, incoming].compactMap { $0 }
    case .deployed, .verified, .retired, .completed: [incoming].compactMap { $0 }
    }
  }
}
