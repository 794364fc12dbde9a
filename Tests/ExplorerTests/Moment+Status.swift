import Foundation
import RotationCore
import RotationTestSupport

extension Moment {
  /// What `status` says of the way back, and whether it could know better.
  func judgeStatus(into expansion: inout Expansion, in setting: Setting) {
    guard let rotation = newest else { return }
    let way = WayBack.of(
      rotation, openIntent: ledger.intents[rotation.id], others: rotations.filter { $0.id != rotation.id },
      sealed: Set(ledger.keys.keys), now: now)
    expansion.isBackPossible = way.possible
    let seen = rotation.lastSeen
    let isListedAsSeen =
      seen.portal.map { Set($0.keys.map(\.kid)) == Set(world.keys.map(\.kid)) }
      ?? (!setting.manual || isListedAsTold(rotation))
    let isHeldAsSeen = world.places.allSatisfy { name, place in
      seen.targets[name].map { $0 == place.kid } ?? (place.kid == rotation.outgoing.kid)
    }
    let areOurs = world.keys.allSatisfy { key in
      [rotation.outgoing, rotation.incoming].allSatisfy { $0.map { $0.kid != key.kid || key.isSame(as: $0) } ?? true }
    }
    let isOutgoingListed = world.keys.contains { $0.isSame(as: rotation.outgoing) } || rotation.mustRepublishOutgoing
    expansion.isUpToDate =
      isListedAsSeen && isHeldAsSeen && areOurs && isOutgoingListed && world.expired.isEmpty && world.lateWrite == nil
      && world.lateSetting == nil && world.keys.count < PortalKeySet.capacity
      && world.places.values.allSatisfy { $0.kid != nil && $0.name != nil }
      && ledger.history.values.allSatisfy { $0.count <= 1 }
      && rotation.incoming.map { ledger.keys[$0.kid] != nil } ?? true
  }

  /// What tokens told last of each key of `rotation` is what a manual portal lists; of a key that was never asked with
  /// nothing is told.
  private func isListedAsTold(_ rotation: Rotation) -> Bool {
    [rotation.outgoing, rotation.incoming].compactMap { $0 }.allSatisfy { key in
      let isListed = world.keys.contains { $0.isSame(as: key) }
      let (granted, refused) = (rotation.lastGrant[key.kid]?.at, rotation.lastRefusal[key.kid]?.at)
      guard granted != nil || refused != nil else { return !isListed || key != rotation.incoming }
      return isListed == (granted ?? .distantPast > refused ?? .distantPast)
    }
  }

  /// A rollback that `status` calls impossible is refused, or waits for somebody, and opens nothing.
  func judgeRefusal(of act: Act, _ after: Moment, isPossible: Bool) -> [String] {
    guard !isPossible, let before = newest, let after = after.newest else { return [] }
    // A key that was refused when it was last asked with, and obtains a token now, is told by that token alone.
    let outgoing = before.outgoing.kid
    if before.lastRefusal[outgoing] != nil, after.lastGrant[outgoing] != before.lastGrant[outgoing] { return [] }
    if let seen = before.lastSeen.portal, Set(seen.keys.map(\.kid)) != Set(world.keys.map(\.kid)) { return [] }
    if world.places.contains(where: { name, place in before.lastSeen.targets[name].map { $0 != place.kid } ?? false }) {
      return []
    }
    let hasMoved = after.phase != before.phase && after.id == before.id
    let hasOpened = before.rollback == nil && after.rollback != nil
    return hasMoved || hasOpened
      ? ["status called it impossible, and it went from \(before.phase) to \(after.phase)"] : []
  }
}
