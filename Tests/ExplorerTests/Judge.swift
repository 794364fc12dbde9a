import Foundation
import RotationCore
import RotationTestSupport

/// Holds every effect of ours against the contract, by the truth before and after it. An answer is a sentence that says
/// what was broken; none is none.
struct Judge {
  let setting: Setting
  let act: Act
  let outage: Disturbance.Outage?
  /// How the portal was last seen before the run.
  let lastSeenPortal: PortalKeySet?
  private let seenAt: Date?
  /// Whether a pair of ours was written anywhere before the run: half a pair may be ours from then on, and is written whole.
  let hadWritten: Bool
  /// The step whose intent an earlier run left open.
  let foundOpen: Step?
  /// A write of a runner that was overtaken while it was on its way lands under a law that went on; no one can hold it
  /// back any more. What the other runner sends is judged in full.
  let isOvertaken: Bool

  init(
    _ act: Act, at moment: Moment, in setting: Setting, outage: Disturbance.Outage?, isOvertaken: Bool = false
  ) {
    self.setting = setting
    self.act = act
    self.outage = outage
    self.isOvertaken = isOvertaken
    lastSeenPortal = moment.newest?.lastSeen.portal
    seenAt = moment.newest?.lastSeen.portalAt
    hadWritten = moment.newest?.targetWriteOpened ?? false
    foundOpen = moment.newest.flatMap { moment.ledger.intents[$0.id]?.step }
  }

  // MARK: The six safety rules, and no lockout

  /// Our write of a key set took effect.
  func portalChanged(from before: Truth, to after: Truth, landing: Bool = false) -> [String] {
    var broken = lockouts(from: before, to: after, isOfPortal: true, landing: landing)
    if !landing {
      for key in before.world.keys where !isOurs(key.kid, in: after) && !after.world.keys.contains(where: { $0 == key })
      {
        broken.append("rule 5: kid \(key.kid) of another system was dropped or altered")
      }
    }
    if before.signers.values.contains(where: \.works), !after.signers.values.contains(where: \.works), !landing {
      broken.append("rule 2: no key that is in use works any more")
    }
    if after.world.keys.isEmpty { broken.append("rule 5: the key set is empty") }
    if after.world.keys.count > 5 { broken.append("rule 5: the key set has \(after.world.keys.count) keys") }
    for rotation in after.ledger.all {
      for key in [rotation.outgoing, rotation.incoming].compactMap({ $0 }) where after.lists(key) && !before.lists(key)
      {
        if !landing, !after.isSealed(key) {
          broken.append("rule 3: kid \(key.kid) is listed, its private half is sealed nowhere")
        }
        if !landing, (after.ledger.history[key.kid] ?? []).count > 1 {
          broken.append("rule 6: kid \(key.kid) has two public keys")
        }
      }
      // A whole set that was on its way lists again what somebody took out meanwhile: the portal takes no precondition.
      if !landing, rotation.emergency, !before.lists(rotation.outgoing), after.lists(rotation.outgoing) {
        broken.append("the tainted kid \(rotation.outgoing.kid) was put back")
      }
      if before.lists(rotation.outgoing), !after.lists(rotation.outgoing), !landing, !isOvertaken {
        broken += removed(rotation, at: before)
        if foundOpen == .retireKey, rotation.id == after.ledger.all.first?.id {
          broken += Obligations(setting: setting, act: act, outage: outage, truth: before, rotation: rotation)
            .begun(.retireKey)
        }
      }
    }
    if !landing, !isOvertaken, let rotation = after.ledger.all.first,
      let step = after.ledger.intents[rotation.id]?.step, before.isCrossed(by: step, of: rotation)
    {
      broken.append("another write was still on its way")
    }
    return broken
  }

  /// Rule 4, and what people were promised about the removal.
  private func removed(_ rotation: Rotation, at truth: Truth) -> [String] {
    guard !rotation.phase.isFinal, rotation.phase != .retired, !isWithdrawal(of: rotation.outgoing, in: truth) else {
      return []
    }
    guard rotation.phase == .verified, let verified = rotation.verifiedAt else {
      return ["rule 4: the outgoing kid \(rotation.outgoing.kid) was removed in phase \(rotation.phase.rawValue)"]
    }
    let isOver = truth.now >= verified + rotation.timing.overlap
    return isOver || rotation.retireActed != nil ? [] : ["rule 4: the overlap was cut short"]
  }

  /// A rollback of a later rotation withdraws its incoming key, which no earlier rotation counts on.
  private func isWithdrawal(of key: KeyReference, in truth: Truth) -> Bool {
    truth.ledger.all.first?.incoming?.kid == key.kid
  }

  /// Our write of a pair took effect at a target.
  func settingChanged(from before: Truth, to after: Truth, landing: Bool = false) -> [String] {
    var broken = lockouts(from: before, to: after, isPairLanding: landing)
    guard let rotation = after.ledger.all.first, !landing else { return broken }
    for (name, place) in after.world.places {
      guard let old = before.world.places[name], old.kid != place.kid || old.name != place.name else { continue }
      let isKnown = [rotation.outgoing, rotation.incoming].contains {
        $0?.kid == old.kid && $0?.publicKey.n == old.name
      }
      let isAccepted = rotation.acceptedForeign[name] == old.kid
      let isHalf = hadWritten && old.name == nil || !setting.writesWhole && old.name != old.kid.map(Truth.name)
      if !isKnown, !isAccepted, !isAsked(of: rotation), rotation.rollback == nil, !isHalf {
        broken.append("\(name) held what somebody else had set, and it was overwritten unasked")
      }
      if let late = before.world.lateSetting, late.target == name, late.kid != place.kid {
        broken.append("another write to \(name) was still on its way")
      }
    }
    return broken
  }

  /// Ours is to be set again: asked for now, or by a run that died on it, since after the swap nothing else opens another.
  private func isAsked(of rotation: Rotation) -> Bool {
    act == .rotate(.reassert) || (foundOpen == .swapEnvironment && rotation.phase != .proven)
  }

  func started(from before: Truth, to after: Truth) -> [String] {
    let halves = after.world.places.compactMap { name, place -> String? in
      guard let kid = place.kid, place.name != Truth.name(of: kid), place.deploys != before.world.places[name]?.deploys
      else { return nil }
      return "\(name) was started with half a pair, under kid \(kid)"
    }
    return lockouts(from: before, to: after) + halves
  }

  /// Whoever was accepted before our act and is not after it. A key that could not be asked about, since Maskinporten was
  /// silent, was in the portal when that was last seen.
  /// One that somebody else removed a moment ago still obtained its token: that is the evidence before a target is set,
  /// where the portal is not looked at and listed it when it was, or lists it again.
  private func lockouts(
    from before: Truth, to after: Truth, isOfPortal: Bool = false, landing: Bool = false, isPairLanding: Bool = false
  ) -> [String] {
    let old = before.signers
    return after.signers.compactMap { name, signer in
      guard !signer.works, old[name]?.works ?? false else { return nil }
      let isTold = isPairLanding || !readsPortal(after) || after.lists(signer.kid, Truth.name(of: signer.kid))
      let wasMissing = lastSeenPortal.map { $0[signer.kid] == nil } ?? false
      if !isOfPortal, isTold, !wasMissing, after.isRemembered(signer.kid) { return nil }
      // What was accepted when its pair was sent, only whoever took it out since could have spared.
      if isPairLanding, let late = before.world.lateSetting, late.kid == signer.kid, late.wasAccepted { return nil }
      // Whom somebody put on another key while the write was on its way, only that somebody could have spared.
      if landing, after.wasMovedByHand(name) { return nil }
      // Whom somebody else's pair serves is told by no key of ours, and is not waited for.
      if let kid = old[name]?.kid, !isOurs(kid, in: after), after.world.early.contains(signer.kid) { return nil }
      // Removed and listed again by hand between two of our looks, it is as it was last seen.
      if let listed = after.listedByHand(signer.kid), let seenAt, listed >= seenAt, !wasMissing { return nil }
      if outage == .maskinporten, lastSeenPortal.map({ $0[signer.kid] != nil }) ?? true { return nil }
      return "rule 1: \(name) was locked out by our act: kid \(signer.kid) is not accepted everywhere"
    }
  }

  /// The step that is under way looks at the portal before it acts: a restore does not, so that a portal that is down holds
  /// it back no longer than it must, and a manual one cannot be read.
  private func readsPortal(_ truth: Truth) -> Bool {
    guard !setting.manual, outage != .portal, act != .rotate(.reassert), let rotation = truth.ledger.all.first else {
      return false
    }
    return rotation.rollback == nil
  }

  private func isOurs(_ kid: KeyID, in truth: Truth) -> Bool {
    truth.ledger.all.contains { $0.outgoing.kid == kid || $0.incoming?.kid == kid }
  }

  // MARK: The store

  /// One commit: what it destroyed, what it opened, how many rotations it leaves open.
  func committed(from before: Truth, to after: Truth) -> [String] {
    var broken: [String] = []
    for (kid, key) in before.ledger.keys where after.ledger.keys[kid] == nil {
      broken += destroyed(key.reference, at: after)
    }
    if after.ledger.all.count(where: { $0.phase.isOpen }) > 1 { broken.append("two rotations are open") }
    for (id, intent) in after.ledger.intents where before.ledger.intents[id]?.id != intent.id {
      guard let rotation = after.ledger.rotations[id] else { continue }
      broken += Obligations(setting: setting, act: act, outage: outage, truth: after, rotation: rotation)
        .begun(intent.step)
    }
    return broken
  }

  /// No private half is destroyed that something still needs. Where neighbours did not answer, as they were last seen.
  private func destroyed(_ key: KeyReference, at truth: Truth) -> [String] {
    var broken: [String] = []
    let isBlind = act == .completeOverdue
    if !isBlind, outage != .targets, truth.isUsed(key) && (setting.hasBeacon || truth.everyPlace(holds: key)) {
      if outage != .beacons || truth.world.places.values.contains(where: { $0.kid == key.kid }) {
        broken.append("kid \(key.kid) was destroyed while it is in use")
      }
    }
    if !isBlind, outage != .portal, !setting.manual, truth.lists(key) {
      broken.append("kid \(key.kid) was destroyed while the portal lists it")
    }
    if setting.manual, truth.works(key), outage != .maskinporten, !isBlind,
      key.kid == truth.ledger.all.first?.incoming?.kid
    {
      broken.append("kid \(key.kid) was destroyed while it obtains tokens")
    }
    if truth.world.lateWrite?.contains(where: { $0.isSame(as: key) }) ?? false {
      broken.append("kid \(key.kid) was destroyed while a write that lists it is on its way")
    }
    if truth.world.lateSetting?.kid == key.kid {
      broken.append("kid \(key.kid) was destroyed while a write that sets it is on its way")
    }
    for rotation in truth.ledger.all where !rotation.phase.isFinal {
      if rotation.outgoing.kid == key.kid || rotation.incoming?.kid == key.kid {
        broken.append("kid \(key.kid) was destroyed and rotation in \(rotation.phase.rawValue) needs it")
      }
    }
    if let newest = truth.ledger.all.first, newest.phase == .completed, newest.outgoing.kid == key.kid,
      let incoming = newest.incoming, !truth.lists(incoming),
      !isBlind && !setting.manual && outage != .portal || lastSeenPortal.map({ !$0.lists(incoming) }) ?? false
    {
      broken.append("kid \(key.kid) was destroyed while kid \(incoming.kid) is not listed")
    }
    for rotation in truth.ledger.all where rotation.outgoing.kid == key.kid && rotation.phase == .completed {
      if let end = rotation.quarantineEnds, truth.now < end { broken.append("the quarantine was cut short") }
    }
    return broken
  }

  // MARK: Answers

  /// A refusal changed nothing: no intent was opened for what was refused.
  func answered(_ report: RunReport, events: [JSONValue]) -> [String] {
    guard report.outcome == .refused, case .advance = act else { return [] }
    if events.contains(where: { $0["event"]?.string == "refused" && $0["rules"] != nil }) { return [] }
    let last = events.last { $0["event"]?.string == "intent" || $0["event"]?.string == "outcome" }
    return last?["event"]?.string == "intent" ? ["refused after an intent was opened"] : []
  }

  // MARK: Opening

  /// What is wrong with beginning now, each with the guard that has to name it.
  static func obstacles(_ truth: Truth, _ setting: Setting, live: KeyReference, outage: Disturbance.Outage?) -> Set<
    String
  > {
    var names: Set<String> = []
    if abs(truth.world.clockAhead) > 30 { names.insert("clockAgrees") }
    if truth.world.issuer != "https://m/" { names.insert("metadataMatches") }
    if outage == .maskinporten { names.formUnion(["clockAgrees", "metadataMatches", "outgoingAccepted"]) }
    if !truth.world.unready.isEmpty { names.insert("targetsReady") }
    if outage == .readiness { names.insert("integrationLive") }
    if !setting.manual {
      if truth.world.keys.isEmpty || outage == .portal { names.insert("portalReadable") }
      if !truth.hasRoom { names.insert("portalHasRoom") }
    }
    let pairs = Set(truth.world.places.values.map { "\($0.kid?.rawValue ?? "-") \($0.name ?? "-")" })
    let place = truth.world.places.values.first
    if pairs.count > 1 || place?.kid == nil || place?.name == nil || outage == .targets {
      names.insert("outgoingAgreed")
    }
    if pairs.count == 1, outage != .targets, let kid = place?.kid, let name = place?.name {
      if setting.hasBeacon, outage == .beacons || truth.world.places.values.contains(where: { $0.running != kid }) {
        names.insert("outgoingAgreed")
      } else if name == "weak" {
        names.insert("outgoingSealable")
      } else {
        let isAccepted = truth.isGranted(kid, name)
        if !isAccepted, !setting.emergency, outage != .maskinporten { names.insert("outgoingAccepted") }
        let isListed = truth.lists(kid, name)
        if !isListed, !setting.manual, outage != .portal, isAccepted || !setting.emergency {
          names.insert("outgoingListed")
        }
      }
    }
    if let open = truth.ledger.all.first, open.phase.isOpen { names.insert("noOtherOpenRotation") }
    if setting.usesImported {
      let key = Setting.imported
      if truth.ledger.keys[key.kid] == nil { names.insert("incomingUsable") }
      if truth.world.keys.contains(where: { $0.kid == key.kid && !$0.isSame(as: key) }) {
        names.insert("incomingUsable")
      }
    }
    return names
  }
}
