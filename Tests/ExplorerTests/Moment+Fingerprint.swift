import Foundation
import RotationCore
import RotationTestSupport

extension Moment {
  /// The dimensions of the space.
  enum Axis: String, Hashable, Sendable, CaseIterable {
    case portal = "portal set and who knows it"
    case settings = "what targets hold"
    case signers = "what runs"
    case writes = "intents and unanswered writes"
    case keys = "private halves held"
    case rotations = "rotations and phases"
    case evidence = "what was seen, said and waited for"
  }

  /// Two moments with one fingerprint have the same future as far as guards can tell: hours count as before or after the
  /// ones that guards compare them with, names of rotations, texts and evidence not at all.
  var fingerprint: Int {
    var hasher = Hasher()
    for axis in Axis.allCases { hash(axis, into: &hasher) }
    return hasher.finalize()
  }

  /// Where the moment stands on one axis.
  func place(on axis: Axis) -> Int {
    var hasher = Hasher()
    hash(axis, into: &hasher)
    return hasher.finalize()
  }

  private func hash(_ axis: Axis, into hasher: inout Hasher) {
    switch axis {
    case .portal: hashPortal(into: &hasher)
    case .settings:
      for (_, place) in places {
        hasher.combine(place.kid)
        hasher.combine(place.name)
      }
      hasher.combine(world.unready)
    case .signers: for (_, place) in places { hasher.combine(place.running) }
    case .writes:
      hasher.combine(world.lateWrite.map { Set($0.map(\.kid)) })
      hasher.combine(world.lateSetting)
      for rotation in rotations { hashWrites(of: rotation, into: &hasher) }
    case .keys:
      hasher.combine(ledger.keys.count)
      for kid in ledger.keys.keys.sorted() { hasher.combine(kid) }
      hasher.combine(ledger.history.values.count { $0.count > 1 })
    case .rotations:
      for rotation in rotations {
        hasher.combine(rotation.phase)
        hasher.combine(rotation.outgoing.kid)
        hasher.combine(rotation.incoming?.kid)
        hasher.combine(rotation.rollback?.acceptTainted)
      }
    case .evidence:
      hasher.combine(world.clockAhead)
      hasher.combine(world.issuer)
      for rotation in rotations { hashEvidence(of: rotation, into: &hasher) }
    }
  }

  private var places: [(key: String, value: PaperWorld.Place)] { world.places.sorted { $0.key < $1.key } }

  private func hashPortal(into hasher: inout Hasher) {
    for key in world.keys.sorted(by: { $0.kid < $1.kid }) {
      hasher.combine(key.kid)
      hasher.combine(key.n)
      hasher.combine(world.knownFrom[key.kid].map { now >= $0 })
    }
    hasher.combine(world.early)
    hasher.combine(world.expired)
    for (kid, gone) in world.knownUntil.sorted(by: { $0.key < $1.key }) where now < gone.until {
      hasher.combine(kid)
      hasher.combine(gone.n)
    }
  }

  private func hashWrites(of rotation: Rotation, into hasher: inout Hasher) {
    hasher.combine(ledger.intents[rotation.id]?.step)
    for (neighbour, write) in rotation.unanswered.sorted(by: { $0.key < $1.key }) {
      hasher.combine(neighbour)
      hasher.combine(write.change)
      hasher.combine(write.repeated)
      hasher.combine(now >= write.at + rotation.timing.settle)
    }
  }

  private func hashEvidence(of rotation: Rotation, into hasher: inout Hasher) {
    hasher.combine(rotation.publishedAt == nil)
    hasher.combine(rotation.overlapCloses.map { now >= $0 })
    hasher.combine(rotation.quarantineEnds.map { now >= $0 })
    hasher.combine(rotation.lastPortalAct.map { now >= $0 + rotation.timing.propagation })
    for kid in [rotation.outgoing.kid, rotation.incoming?.kid].compactMap({ $0 }) {
      hasher.combine(rotation.lastGrant[kid] == nil)
      hasher.combine(rotation.grantSinceListed(kid) == nil)
      hasher.combine(rotation.listedSince[kid].map { now >= $0 + rotation.timing.propagation })
      hasher.combine(rotation.replacedSince?[kid].map { now >= $0 + rotation.timing.propagation })
      let refusal = rotation.lastRefusal[kid].flatMap { $0.at > rotation.lastGrant[kid]?.at ?? .distantPast ? $0 : nil }
      hasher.combine(refusal?.reason)
    }
    hasher.combine(rotation.retireActed.map { now >= $0 + rotation.timing.propagation })
    hasher.combine(rotation.retiredAt.map { now >= $0 + rotation.timing.propagation })
    hasher.combine(rotation.acceptedForeign)
    hasher.combine(rotation.targetWriteOpened)
    hasher.combine(rotation.isRemovalAsked)
    for (fact, word) in rotation.attestations.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      hasher.combine(fact)
      hasher.combine(now >= word.at + rotation.timing.propagation)
    }
    hasher.combine(Set(rotation.standingApprovals.map(\.step)))
    hasher.combine(rotation.restoredAt == nil)
    hasher.combine(rotation.lastSeen.portal?.keys.count)
    for key in (rotation.lastSeen.portal?.keys ?? []).sorted(by: { $0.kid < $1.kid }) {
      hasher.combine(key.kid)
      hasher.combine(key.n)
    }
    hasher.combine(rotation.lastSeen.targets)
    hasher.combine(rotation.lastSeen.beacons)
    if let window = rotation.window { hasher.combine(window.current(at: now).map { $0.start <= now }) }
  }
}
