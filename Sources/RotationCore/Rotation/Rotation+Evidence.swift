internal import Foundation

extension Rotation {
  /// Maskinporten's last word on `kid`, where that is a no.
  func standingRefusal(_ kid: KeyID) -> TokenRefusal? {
    guard let refusal = lastRefusal[kid], refusal.at > lastGrant[kid]?.at ?? .distantPast else { return nil }
    return refusal
  }

  /// A node said so that has not learned of the key yet: it knows no such kid, or the key in whose place ours was put.
  func mayPass(_ refusal: TokenRefusal) -> Bool {
    guard refusal.reason == .wrongSignature else { return refusal.reason == .unknownKid }
    return replacedSince?[refusal.kid].map { refusal.at < $0 + timing.propagation } ?? false
  }

  /// A write that lists `key` was sent, in the place of what the portal listed under its kid when it was read last.
  mutating func noteSent(_ key: KeyReference, at time: Date) {
    listedSince[key.kid] = time
    guard let set = lastSeen.portal, set[key.kid] != nil, !set.lists(key) else { return }
    replacedSince = (replacedSince ?? [:]).merging([key.kid: time]) { $1 }
  }

  /// The portal did not list it when it was read last, and nothing tells that it was listed since.
  func wasMissing(_ kid: KeyID) -> Bool {
    guard let set = lastSeen.portal, let seen = lastSeen.portalAt else { return false }
    let key = [outgoing, incoming].compactMap { $0 }.first { $0.kid == kid }
    return key.map { !set.lists($0) } ?? false && listedSince[kid] ?? .distantPast < seen
  }

  /// A write that adds it got no answer, and the portal did not list it when it was read last.
  func mayHaveLanded(_ key: KeyReference) -> Bool {
    guard let set = lastSeen.portal, !set.lists(key) else { return false }
    let adding = key == outgoing ? Step.republishKey : .publishKey
    return unanswered[Neighbourhood.portalName]?.change == adding.change(in: self)
  }

  /// A token of it is news: the portal did not list it, and no removal of ours is being proven.
  func isUnlisted(_ kid: KeyID) -> Bool {
    wasMissing(kid) && (kid == outgoing.kid ? retireActed == nil : rollback == nil)
  }

  /// It obtained tokens, was refused as gone since, and that by no node which was only late to learn of a change.
  func wasListedAgain(_ kid: KeyID) -> Bool {
    guard lastGrant[kid] != nil, let refusal = standingRefusal(kid), refusal.provesKeyGone else { return false }
    let changes = [listedSince[kid], lastPortalAct].compactMap { $0 }
    return changes.allSatisfy { refusal.at >= $0 + timing.propagation }
  }

  /// Takes over what `other`, this rotation in a run, has seen of the world. False, and nothing is taken, where that
  /// differs in its hours alone.
  mutating func takeSightings(of other: Rotation) -> Bool {
    var taken = self
    taken.lastSeen = other.lastSeen
    taken.lastGrant = other.lastGrant
    taken.lastRefusal = other.lastRefusal
    taken.listedSince = other.listedSince
    taken.lastPortalAct = other.lastPortalAct
    taken.retireActed = other.retireActed
    taken.foreignKeys = other.foreignKeys
    taken.planDigest = other.planDigest
    guard taken.view != view else { return false }
    self = taken
    return true
  }

  /// What was seen, without its hours.
  private struct View: Equatable {
    var portal: PortalKeySet?
    var targets: [String: KeyID?]
    var beacons: [String: KeyID?]
    var refusals: [TokenRefusal.Reason?]
    var isRemovalSeen: Bool
    var planDigest: String
  }

  private var view: View {
    View(
      portal: lastSeen.portal, targets: lastSeen.targets, beacons: lastSeen.beacons,
      refusals: [outgoing, incoming].map { key in key.flatMap { standingRefusal($0.kid)?.reason } },
      isRemovalSeen: retireActed != nil, planDigest: planDigest)
  }

  /// The operator was asked last to remove the outgoing key by hand.
  package var isRemovalAsked: Bool { waiting.guardName == AttestedFact.retired.guardName }

  /// The outgoing key is dead and the incoming one works: whoever is not set to that one yet is locked out until he is.
  var isLockedOut: Bool {
    guard let incoming, acceptedForeign.isEmpty, standingRefusal(outgoing.kid)?.provesKeyGone == true else {
      return false
    }
    return grantSinceListed(incoming.kid) != nil && standingRefusal(incoming.kid) == nil
  }

  /// The last token of `kid`, unless the key was listed anew since.
  package func grantSinceListed(_ kid: KeyID) -> TokenGrant? {
    guard let grant = lastGrant[kid] else { return nil }
    if let listed = listedSince[kid], grant.at < listed { return nil }
    return grant
  }
}
