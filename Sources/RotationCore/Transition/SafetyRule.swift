/// The six safety rules (contract, section 3). Each names what it finds broken, per signer, per key and per rotation, so
/// that a change may repair one thing without a licence to break another.
package enum SafetyRule: String, Sendable, Hashable, CaseIterable {
  /// Every kid that a signer may use is in the portal with its own public key, and obtained a token since it was listed.
  case signersAreAccepted
  /// Some listed key has its private half in a target or signer and obtained a token.
  case someKeyWorks
  /// The private half is sealed before the public half leaves the machine.
  case sealedBeforeListed
  /// What a rollback still promises is neither removed nor destroyed.
  case promisesKept
  /// Keys of other systems stay as they are; never more than five keys, never none.
  case othersUntouched
  /// No kid that is listed or that a signer may use stands for two public keys.
  case kidMeansOneKey

  /// What this rule finds broken in `world`; empty when it holds.
  package func broken(in world: World) -> Set<String> {
    switch self {
    case .signersAreAccepted:
      return world.signers.reduce(into: []) { broken, signer in
        let refused = signer.mayUse.filter { !world.lists($0) || !world.accepted.contains($0) }
        broken.formUnion(refused.map { "\(signer.name) may use kid \($0), which is not listed and accepted" })
        // Of two keys that it may use one works now: that it may use the other one already is no licence to leave it that.
        if let kid = refused.sorted().first, refused.count == signer.mayUse.count {
          broken.insert("\(signer.name) is left with kid \(kid), which is not listed and accepted")
        }
      }
    case .someKeyWorks:
      let inUse = world.signers.reduce(into: Set<KeyID>()) { $0.formUnion($1.mayUse) }
      return inUse.contains { world.lists($0) && world.accepted.contains($0) } ? [] : ["no key that is in use works"]
    case .sealedBeforeListed:
      return Set(
        world.ours.keys.filter { world.lists($0) && !world.sealed.contains($0) }
          .map { "kid \($0) is listed, its private half is not sealed (keyturn keys adopt --kid \($0) --pem FILE)" })
    case .promisesKept:
      return Set(
        world.promises.flatMap { promise in
          var broken: [String] = []
          if promise.mustBeListed, !world.lists(promise.kid) {
            broken.append("the way back of \(promise.rotation) needs kid \(promise.kid) in the portal")
          }
          if promise.mustBeSealed, !world.sealed.contains(promise.kid) {
            broken.append("the way back of \(promise.rotation) needs the private half of kid \(promise.kid)")
          }
          return broken
        })
    case .othersUntouched:
      var broken = Set(
        world.foreign.filter { key in
          !world.portal.contains { $0 == key || ($0.kid == key.kid && key.isPatched(to: $0)) }
        }.map { "kid \($0.kid) of another system would be dropped or altered" })
      if world.portal.isEmpty { broken.insert("the key set would be empty") }
      if world.portal.count > PortalKeySet.capacity { broken.insert("the key set would exceed five keys") }
      return broken
    case .kidMeansOneKey:
      let used = world.signers.reduce(into: Set(world.portal.map(\.kid))) { $0.formUnion($1.mayUse) }
      return Set(
        world.meanings.filter { used.contains($0.key) && $0.value.count > 1 }
          .map { "kid \($0.key) stands for two public keys" })
    }
  }

  /// Everything that holds now and would not hold afterwards; empty when the change is allowed.
  package static func breaches(from now: World, to after: World, rules: [SafetyRule] = SafetyRule.allCases) -> [String]
  {
    rules.flatMap { rule in
      rule.broken(in: after).subtracting(rule.broken(in: now)).map { "\(rule.rawValue): \($0)" }
    }.sorted()
  }
}

extension PortalKey {
  fileprivate func isPatched(to other: PortalKey) -> Bool {
    members["use"] == nil && members.merging(["use": "sig"]) { _, use in use } == other.members
  }
}
