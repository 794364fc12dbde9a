import Foundation
import RotationCore
import RotationTestSupport

/// A state of the space: world, store and hour, as values. It was reached by the engine itself, never made up.
struct Moment: Sendable {
  var world: PaperWorld.State
  var ledger: MemoryLedger.State
  var now: Date

  init(_ stage: Stage) {
    world = stage.world.look { $0 }
    ledger = stage.ledger.look { $0 }
    now = stage.clock.now()
    // What lasts for one run only, and what no guard reads.
    world.portalFaults = []
    world.targetFaults = []
    world.portalDead = false
    world.maskinportenDead = false
    world.targetsDead = false
    world.beaconsDead = false
    world.readiness = .ready
    world.refusedSigners = []
    for name in world.places.keys { world.places[name]?.reloadFails = false }
    ledger.leaves = []
  }

  func put(on stage: Stage) {
    stage.clock.set(now)
    stage.world.change { $0 = world }
    stage.ledger.change { $0 = ledger }
    // A key that was made and never made durable is known to nobody, so its name is free again.
    stage.keys.count(ledger.history.keys.count { $0.rawValue.hasPrefix("tp-made") })
  }

  var rotations: [Rotation] { ledger.all }
  var newest: Rotation? { ledger.order.first.flatMap { ledger.rotations[$0] } }

  /// Two moments with one fingerprint have the same future as far as guards can tell: hours count as before or after the
  /// ones that guards compare them with, names of rotations, texts and evidence not at all.
  var fingerprint: Int {
    var hasher = Hasher()
    hashWorld(into: &hasher)
    for (index, rotation) in rotations.enumerated() {
      hasher.combine(index)
      hash(rotation, into: &hasher)
      hasher.combine(ledger.intents[rotation.id]?.step)
    }
    hasher.combine(Set(ledger.keys.keys))
    hasher.combine(ledger.history.values.count { $0.count > 1 })
    return hasher.finalize()
  }

  private func hashWorld(into hasher: inout Hasher) {
    for key in world.keys.sorted(by: { $0.kid < $1.kid }) {
      hasher.combine(key.kid)
      hasher.combine(key.n)
      hasher.combine(world.knownFrom[key.kid].map { now >= $0 })
    }
    hasher.combine(world.early)
    hasher.combine(world.expired)
    hasher.combine(Set(world.knownUntil.filter { now < $0.value.until }.map { "\($0.key) \($0.value.n)" }))
    for (name, place) in world.places.sorted(by: { $0.key < $1.key }) {
      hasher.combine(name)
      hasher.combine(place.kid)
      hasher.combine(place.name)
      hasher.combine(place.running)
    }
    hasher.combine(world.lateWrite.map { Set($0.map(\.kid)) })
    hasher.combine(world.lateSetting)
    hasher.combine(world.clockAhead)
    hasher.combine(world.issuer)
  }

  private func hash(_ rotation: Rotation, into hasher: inout Hasher) {
    hasher.combine(rotation.phase)
    hasher.combine(rotation.outgoing.kid)
    hasher.combine(rotation.incoming?.kid)
    hasher.combine(rotation.publishedAt == nil)
    hasher.combine(rotation.overlapCloses.map { now >= $0 })
    hasher.combine(rotation.quarantineEnds.map { now >= $0 })
    hasher.combine(rotation.lastPortalAct.map { now >= $0 + rotation.timing.propagation })
    for kid in [rotation.outgoing.kid, rotation.incoming?.kid].compactMap({ $0 }) {
      hasher.combine(rotation.lastGrant[kid] == nil)
      hasher.combine(rotation.grantSinceListed(kid) == nil)
      hasher.combine(rotation.listedSince[kid] == nil)
      let refusal = rotation.lastRefusal[kid].flatMap { $0.at > rotation.lastGrant[kid]?.at ?? .distantPast ? $0 : nil }
      hasher.combine(refusal?.reason)
    }
    hasher.combine(rotation.retireActed == nil)
    hasher.combine(rotation.acceptedForeign)
    hasher.combine(rotation.targetWriteOpened)
    for (neighbour, write) in rotation.unanswered.sorted(by: { $0.key < $1.key }) {
      hasher.combine(neighbour)
      hasher.combine(write.change)
      hasher.combine(now >= write.at + rotation.timing.settle)
    }
    for (fact, word) in rotation.attestations.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      hasher.combine(fact)
      hasher.combine(now >= word.at + rotation.timing.propagation)
    }
    hasher.combine(Set(rotation.approvals.map(\.step)))
    hasher.combine(rotation.rollback?.acceptTainted)
    hasher.combine(rotation.restoredAt == nil)
    hasher.combine(rotation.lastSeen.portal.map { Set($0.keys.map { "\($0.kid) \($0.n ?? "")" }) })
    hasher.combine(rotation.lastSeen.targets)
    hasher.combine(rotation.lastSeen.beacons)
    if let window = rotation.window { hasher.combine(window.current(at: now).map { $0.start <= now }) }
  }
}
