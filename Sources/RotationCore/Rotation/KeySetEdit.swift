/// The whole set that a POST will replace the portal's with, and what it changes. A pure function of the set just read.
package struct KeySetEdit: Sendable, Hashable {
  package let before: PortalKeySet
  package let after: [PortalKey]
  package let added: [KeyID]
  package let removed: [KeyID]
  /// Kids under which another public key stood.
  package let replaced: [KeyID]
  /// Keys that got the now required `use: sig` (Digdir, 2025-05-22).
  package let patched: [KeyID]

  package var changesNothing: Bool { added.isEmpty && removed.isEmpty && patched.isEmpty }

  package enum Refusal: Error, Hashable, Sendable {
    case full(kids: [KeyID])
    case kidTaken(KeyID)
    case wouldBeEmpty
    case isEmpty
    case privateMember(KeyID, String)
  }

  /// Adds and removes by kid. Every other key keeps all its members (`exp`, `x5c`, unknown ones) and its place.
  /// `replaces`: what stands under the kid of `add` gives way to it; else the kid is taken. Never empty and never too many,
  /// where `rules` say so.
  package static func plan(
    _ current: PortalKeySet, add: KeyReference? = nil, replaces: Bool = false, remove: KeyReference? = nil,
    rules: [SafetyRule] = SafetyRule.allCases
  ) throws(Refusal) -> KeySetEdit {
    if current.keys.isEmpty { throw .isEmpty }
    for key in current.keys {
      if let member = key.members.keys.first(where: PortalKeySet.privateMembers.contains) {
        throw .privateMember(key.kid, member)
      }
    }
    var keys = current.keys
    var added: [KeyID] = []
    var removed: [KeyID] = []
    var replaced: [KeyID] = []
    if let remove, keys.contains(where: { $0.isSame(as: remove) }) {
      keys.removeAll { $0.isSame(as: remove) }
      removed.append(remove.kid)
    }
    if let add, !keys.contains(where: { $0.isSame(as: add) }) {
      if keys.contains(where: { $0.kid == add.kid }) {
        guard replaces else { throw .kidTaken(add.kid) }
        keys.removeAll { $0.kid == add.kid }
        replaced.append(add.kid)
      }
      keys.append(PortalKey(add))
      added.append(add.kid)
    }
    if rules.contains(.othersUntouched) {
      if keys.isEmpty { throw .wouldBeEmpty }
      if keys.count > PortalKeySet.capacity { throw .full(kids: current.kids) }
    }
    var patched: [KeyID] = []
    let after = keys.map { key in
      guard key.members["use"] == nil else { return key }
      patched.append(key.kid)
      return PortalKey(members: key.members.merging(["use": "sig"]) { _, use in use })
    }
    return KeySetEdit(
      before: current, after: after, added: added, removed: removed, replaced: replaced,
      patched: patched)
  }
}
