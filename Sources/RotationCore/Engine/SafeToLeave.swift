package import struct Foundation.Date

/// May the operator walk away now? A pure function of the ledger.
package struct SafeToLeave: Sendable, Hashable, Codable {
  package let holds: Bool
  /// Until when, where an end is known: a key that is in use expires.
  package let until: Date?
  package let reason: String

  /// `others`: every other rotation of the state.
  package static func of(_ rotation: Rotation, openIntent: Intent?, others: [Rotation] = [], now: Date) -> SafeToLeave {
    if !rotation.isUnderWay, let later = rotation.laterRotation(among: others) {
      return SafeToLeave(
        holds: true, until: nil, reason: "rotation \(later.id) came after, and its status tells which key is in use")
    }
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
    let stands = rotation.whatStands(at: now)
    let failed = rotation.failure.map { $0.code != .stopped } ?? false && rotation.phase.isOpen
    if failed, rotation.failure?.code == .conflict || !rotation.isSeenOnOutgoing {
      return no("the last step failed: \(stands); see why, then go on or back")
    }
    if rotation.retireActed != nil, rotation.phase == .verified { return no(stands) }
    let isGoingBack = rotation.phase == .republishing || rotation.phase == .restoring
    let used = rotation.keysInUse + rotation.keysElsewhere
    if !isGoingBack, let key = used.first(where: { rotation.doubt(of: $0) != nil }) {
      return no("\(stands); kid \(key.kid) is in use, and its callers are refused")
    }
    if let until, until <= now { return no("a key that is in use expired at \(until.iso8601)") }
    let reason = [
      stands, failed ? "the last step failed and changed nothing there" : nil,
      expiring.map { "kid \($0.0) expires then" },
    ]
    return SafeToLeave(
      holds: !isGoingBack, until: until, reason: reason.compactMap(\.self).joined(separator: "; "))
  }
}

extension Rotation {
  /// Before the swap, with every target and what runs there last seen on the outgoing key, which the portal lists and
  /// Maskinporten accepts: a step that failed here changed nothing that callers could feel.
  fileprivate var isSeenOnOutgoing: Bool {
    guard phase == .published || phase == .proven, areTargetsSeen, signersElsewhere.isEmpty,
      lastSeen.portal != nil || manualPortal, lastGrant[outgoing.kid] != nil
    else { return false }
    return doubt(of: outgoing) == nil
  }

  /// The keys of ours that a target was seen on, or what runs there, whatever the phase says.
  fileprivate var keysElsewhere: [KeyReference] {
    let seen = Set(lastSeen.targets.values.compactMap { $0 } + lastSeen.beacons.values.compactMap { $0 })
    return [outgoing, incoming].compactMap { $0 }.filter { seen.contains($0.kid) }
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
