package import struct Foundation.Date

extension Rotation {
  /// What the phase has made true of keys and of who signs with them; where the last look at the portal, at a target or
  /// for a token says otherwise, what that saw. `safe_to_leave` and whatever ends midway tell it in the same words.
  package func whatStands(at now: Date) -> String {
    let keys = keysReliedOn.compactMap(doubt)
    let signers = signersElsewhere
    func claims(_ aboutKeys: String, _ aboutSigners: String) -> [String] {
      (keys.isEmpty ? [aboutKeys] : keys) + (signers.isEmpty ? [aboutSigners] : signers)
    }
    func serves(_ claim: String, _ more: String) -> [String] {
      (keys.isEmpty && signers.isEmpty ? [claim] : keys + signers) + [more]
    }
    let parts =
      switch phase {
      case .planned, .generated: serves("the outgoing key serves", "nothing but the store was changed")
      case .published, .proven:
        claims("the portal lists both keys", whereTargetsAre)
      case .swapped: claims("both keys are accepted", "what runs may use either")
      case .deployed: claims("both keys are accepted", "what runs was started with the incoming one")
      case .verified:
        claims(
          retireActed == nil ? "both keys are accepted" : "the outgoing key was removed; the proof is missing",
          "the incoming one is verified")
      case .retired:
        serves(
          "the incoming key serves",
          !isOverdue(at: now)
            ? "the outgoing one can still be put back"
            : "the quarantine is over, and rotate destroys the outgoing key once nothing needs it")
      case .completed: serves("the incoming key serves", "the rotation is over")
      case .republishing, .restoring: ["a rollback is under way; go on with it before you leave"] + keys
      case .restored: claims("both keys are accepted", "every target is on the outgoing one")
      case .rolledBack, .abandoned: serves("the outgoing key serves", "the rotation is over")
      }
    return parts.joined(separator: "; ")
  }

  /// The last that was seen of `key`, where it was not listed or not accepted then; nil: nothing says so.
  func doubt(of key: KeyReference) -> String? {
    if wasMissing(key.kid), let seen = lastSeen.portalAt {
      let isTaken = lastSeen.portal?[key.kid] != nil
      return "the portal \(isTaken ? "listed another key under" : "did not list") kid \(key.kid) at \(seen.iso8601)"
    }
    // Before its proof a key may not be known everywhere.
    let isBeingProven = phase == .published && key == incoming
    guard !isBeingProven, let refusal = standingRefusal(key.kid), refusal.tellsAgainstKey else { return nil }
    return "Maskinporten refused kid \(key.kid) at \(refusal.at.iso8601) (\(refusal.reason.words))"
  }

  /// What was seen of each target, and of what runs there, that is on another key than the phase says.
  var signersElsewhere: [String] {
    if phase == .republishing || phase == .restoring { return [] }
    let running = phase == .swapped ? [outgoing.kid, expectedKey.kid] : [expectedKey.kid]
    let at = lastSeen.targetsAt.map { " at \($0.iso8601)" } ?? ""
    let held = lastSeen.targets.sorted { $0.key < $1.key }.compactMap { name, kid in
      kid.flatMap { $0 == expectedKey.kid ? nil : "\(name) held kid \($0)\(at)" }
    }
    let ran = lastSeen.beacons.sorted { $0.key < $1.key }.compactMap { name, kid in
      kid.flatMap { running.contains($0) ? nil : "what runs on \(name) signed with kid \($0)" }
    }
    return held + ran
  }

  /// What is so of the targets before the swap.
  private var whereTargetsAre: String {
    if lastSeen.targets.values.contains(nil) { return "what a target holds could not be told" }
    return targetWriteOpened && !areTargetsSeen ? "a target may be on either" : "every target is on the outgoing one"
  }

  /// Each target was looked at, and told which kid it holds.
  var areTargetsSeen: Bool { !lastSeen.targets.isEmpty && !lastSeen.targets.values.contains(nil) }

  /// The key that every target should hold in this phase.
  var expectedKey: KeyReference {
    switch phase {
    case .swapped, .deployed, .verified, .retired, .completed: incoming ?? outgoing
    case .planned, .generated, .published, .proven, .republishing, .restoring, .restored, .rolledBack, .abandoned:
      outgoing
    }
  }

  /// The keys that the phase says are listed and accepted.
  private var keysReliedOn: [KeyReference] {
    switch phase {
    case .planned, .generated, .restoring, .rolledBack, .abandoned: [outgoing]
    case .verified where retireActed != nil: [incoming].compactMap { $0 }
    case .published, .proven, .swapped, .deployed, .verified, .restored: [outgoing, incoming].compactMap { $0 }
    case .retired, .completed, .republishing: [incoming].compactMap { $0 }
    }
  }
}
