package import Foundation

/// How a rotation can be undone from what was last seen: never from the phase alone. `status`, `rollback` and the engine
/// share this one pure function.
package struct WayBack: Sendable, Hashable {
  package let possible: Bool
  /// When it ends: the quarantine, else the outgoing key's expiry in the portal. Nil: not known to end.
  package let until: Date?
  /// What a rollback would do, in order.
  package let steps: [Step]
  package let evidence: String

  /// `openIntent`: what was begun counts as done.
  package static func of(
    _ rotation: Rotation, openIntent: Intent? = nil, others: [Rotation], sealed: Set<KeyID>, now: Date
  ) -> WayBack {
    var rotation = rotation
    if openIntent?.step == .retireKey { rotation.retireActed = rotation.retireActed ?? now }
    let outgoing = rotation.outgoing
    func no(_ reason: String, untilThen steps: [Step] = []) -> WayBack {
      WayBack(possible: false, until: nil, steps: steps, evidence: reason)
    }

    switch rotation.phase {
    case .completed: return no("the outgoing private key is destroyed; only a new rotation goes on")
    case .rolledBack: return no("the rotation was rolled back")
    case .abandoned: return no("the rotation was abandoned")
    case .planned, .generated:
      if rotation.incomingWasSeen {
        return no(
          "kid \(rotation.incomingKid) is in use, set by someone else: keyturn rotate --reassert --reason TEXT sets kid"
            + " \(outgoing.kid) again, then keyturn abandon ends the rotation", untilThen: [.abandon])
      }
      return WayBack(possible: true, until: nil, steps: [.abandon], evidence: "nothing was published")
    case .published, .proven, .swapped, .deployed, .verified, .retired, .republishing, .restoring, .restored: break
    }

    guard sealed.contains(outgoing.kid) else {
      return no(
        "the private half of kid \(outgoing.kid) is not in the store: whoever has it hands it over with keyturn keys adopt"
          + " --kid \(outgoing.kid) --pem FILE")
    }
    if rotation.phase == .retired {
      if let end = rotation.quarantineEnds, now >= end { return no("the quarantine ended at \(end.iso8601)") }
      if let later = rotation.laterRotation(among: others) {
        return no("a later rotation, \(later.id), exists: roll that one back instead")
      }
    }
    let republish = rotation.mustRepublishOutgoing
    if republish, rotation.emergency {
      let look =
        openIntent?.step == .retireKey
        ? "; whether it is listed still, keyturn rollback --accept-tainted --reason TEXT finds out" : ""
      let onward = rotation.isGoingBack ? "; go on with \(Rotation.forwardCommand)" : ""
      return no("kid \(outgoing.kid) is tainted and is never put back in the portal" + onward + look)
    }
    let steps = steps(rotation, republish: republish)
    if let set = rotation.lastSeen.portal {
      // Somebody may have made room since; an open rollback looks again.
      let left = rotation.rollback == nil ? [] : steps
      if set.keys.isEmpty { return no(rotation.emptiedPortal, untilThen: left) }
      if republish, !set.room(for: outgoing).holds {
        return no("no room in the portal for kid \(outgoing.kid): it lists \(set.kids.joined)", untilThen: left)
      }
    }
    return WayBack(
      possible: true,
      until: rotation.phase == .retired
        ? rotation.quarantineEnds : rotation.lastSeen.portal?[outgoing.kid]?.expires,
      steps: steps, evidence: evidence(rotation))
  }

  private static func steps(_ rotation: Rotation, republish: Bool) -> [Step] {
    let restore: [Step] = [.restoreEnvironment, .proveRestored, .withdrawKey]
    if rotation.phase == .republishing || (republish && rotation.phase != .restored) {
      return [.republishKey] + restore
    }
    switch rotation.phase {
    case .restoring, .restored:
      if rotation.restoredAt == nil || rotation.incomingWasSeen { return restore }
      return rotation.phase == .restored ? [.withdrawKey] : [.proveRestored, .withdrawKey]
    case .swapped, .deployed, .verified: return restore
    default: return rotation.targetsMayUseIncoming ? restore : [.withdrawKey]
    }
  }

  private static func evidence(_ rotation: Rotation) -> String {
    let kid = rotation.outgoing.kid
    var parts = ["the private half of kid \(kid) is sealed in the store"]
    if let grant = rotation.lastGrant[kid] { parts.append("it obtained a token at \(grant.at.iso8601)") }
    if let refusal = rotation.standingRefusal(kid) { parts.append("it was refused at \(refusal.at.iso8601)") }
    if let set = rotation.lastSeen.portal, let at = rotation.lastSeen.portalAt {
      parts.append("the portal \(set.lists(rotation.outgoing) ? "listed" : "did not list") it at \(at.iso8601)")
    }
    if rotation.emergency { parts.append("it is tainted: restoring it needs --accept-tainted") }
    return parts.joined(separator: "; ")
  }
}

extension Rotation {
  /// The outgoing key is not listed or not accepted, as far as is known: it is put back and proven first.
  package var mustRepublishOutgoing: Bool {
    if phase == .retired || phase == .republishing || retireActed != nil { return true }
    if phase == .restoring || phase == .restored { return false }
    // A tainted key is restored while it is listed, or not at all.
    if !emergency, removalWithoutAnswer != nil { return true }
    return standingRefusal(outgoing.kid)?.tellsAgainstKey ?? false
  }

  /// When a removal of the outgoing key was sent that got no answer, and may still land.
  private var removalWithoutAnswer: Date? {
    guard let write = unanswered[Neighbourhood.portalName], write.step == .retireKey else { return nil }
    return write.at
  }

  /// A removal that got no answer has landed: from now on only its proof is left.
  mutating func noteRemoval(in set: PortalKeySet) {
    guard phase == .verified, let sent = removalWithoutAnswer, !set.lists(outgoing) else { return }
    retireActed = retireActed ?? sent
  }

  /// What is said where the portal lists nothing any more: no key of ours may be the first there. A tainted key is not
  /// asked for where the rotation goes on to another.
  var emptiedPortal: String {
    let wanted = emergency && rollback == nil ? incoming.map { [$0] } : nil
    return "the portal lists no key, and a first registered key would shut out callers that use a certificate: whoever"
      + " manages the client lists kid \((wanted ?? keysInUse).map(\.kid).joined) there again (keyturn keys emit KID prints"
      + " the key)"
  }

  /// Some target or signer was last seen with the incoming pair.
  fileprivate var incomingWasSeen: Bool {
    guard let kid = incoming?.kid else { return false }
    return lastSeen.targets.values.contains(kid) || lastSeen.beacons.values.contains(kid)
  }

  /// Some target or signer holds, or may hold, the incoming pair, or was not seen to hold the outgoing one.
  var targetsMayUseIncoming: Bool {
    if targetWriteOpened { return true }
    return lastSeen.targets.values.contains { $0 != nil && $0 != outgoing.kid }
      || lastSeen.beacons.values.contains { $0 != nil && $0 != outgoing.kid }
  }
}
