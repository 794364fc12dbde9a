internal import Foundation

extension Engine {
  /// What approvals are bound to at opening: the runbook, the resolved values, the live key and every effect.
  func planDigest(outgoing: KeyReference) -> String {
    let effects = Plan.effects(runbook, outgoing: outgoing, sites: world.sites)
    let value: JSONValue = [
      "runbook": .string(source.digest), "outgoing": .string(outgoing.thumbprint.rawValue),
      "binding": .object(binding.mapValues { .string($0) }),
      "effects": .array(
        effects.map {
          ["step": .string($0.step.rawValue), "neighbour": .string($0.neighbour), "change": .string($0.change)]
        }),
    ]
    return parts.digest(value.canonical)
  }
}

extension RotationRun {
  /// Remembers the portal's set. A key of ours that it did not list when it was read last was listed by somebody since, or
  /// by a write of ours that got no answer, whose hour nobody knows.
  /// Where keys of other systems are not as they were last seen, approvals go stale.
  func see(_ set: PortalKeySet) {
    for key in [rotation.outgoing, rotation.incoming].compactMap(\.self)
    where set.lists(key) && (rotation.wasMissing(key.kid) || rotation.mayHaveLanded(key)) {
      rotation.listedSince[key.kid] = clock.now()
    }
    rotation.lastSeen.portal = set
    rotation.lastSeen.portalAt = clock.now()
    rotation.noteRemoval(in: set)
    let ours = [rotation.outgoing.kid, rotation.incoming?.kid ?? runbook.key.use].compactMap(\.self)
    let foreign = parts.digest(set.others(than: ours).canonical)
    let before = rotation.foreignKeys
    rotation.foreignKeys = foreign
    guard let before, before != foreign else { return }
    movePlan(by: foreign, because: "the portal's keys of other systems changed")
  }

  /// The plan is another one from now on; what was approved before was not this. It never moves back.
  func movePlan(by digest: String, because reason: String) {
    let before = rotation.planDigest
    let chain: JSONValue = ["plan": .string(before), "moved_by": .string(digest)]
    rotation.planDigest = parts.digest(chain.canonical)
    record(
      "plan_moved",
      ["from": .string(before), "to": .string(rotation.planDigest), "reason": .string(reason)])
  }

  /// A private half of this rotation is sealed with the next commit.
  func recordSealed(_ key: SealedKey) {
    record(
      "key_sealed", kid: key.kid,
      [
        "thumbprint": .string(key.reference.thumbprint.rawValue), "origin": .string(key.origin.rawValue),
        "jwk": key.reference.jwk,
      ])
  }
}

extension PortalKeySet {
  /// Every key but `ours`, by kid, and without the `use: sig` that a write of ours may have added to it.
  func others(than ours: [KeyID]) -> JSONValue {
    .array(
      keys.filter { !ours.contains($0.kid) }.sorted { $0.kid < $1.kid }.map { key in
        .object(key.members.filter { $0.key != "use" || $0.value != "sig" })
      })
  }
}
