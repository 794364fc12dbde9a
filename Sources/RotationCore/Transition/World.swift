internal import Foundation

/// The world as the safety rules judge it, before a change and as it would be after.
package struct World: Sendable, Hashable {
  /// A target's setting, or the process that runs there: who may sign, and with which kids.
  package struct Signer: Sendable, Hashable {
    package var name: String
    package var mayUse: Set<KeyID>
  }

  /// What a rollback of a rotation still counts on.
  package struct Promise: Sendable, Hashable {
    package var rotation: RotationID
    package var kid: KeyID
    package var mustBeListed: Bool
    package var mustBeSealed: Bool
  }

  package var signers: [Signer]
  /// The portal's set. In a manual portal, or where a word stands for one that is silent: our keys that are accepted.
  package var portal: [PortalKey]
  /// Keys of other systems as they were read; they may only ever gain `use: sig`.
  package var foreign: [PortalKey]
  /// Our keys, by kid: the public half that belongs to the private half in store or target.
  package var ours: [KeyID: KeyReference]
  /// Kids that obtained a token since they were last listed.
  package var accepted: Set<KeyID>
  package var sealed: Set<KeyID>
  package var promises: [Promise]
  /// Every public key that a kid was ever seen with.
  package var meanings: [KeyID: Set<String>]

  package enum Change: Sendable, Hashable {
    case portalSet([PortalKey])
    case setting(target: String, to: KeyReference)
    case started(target: String)
    case destroyed(KeyID)
  }

  package func after(_ change: Change) -> World {
    var world = self
    switch change {
    case .portalSet(let keys):
      world.portal = keys
      world.accepted.formIntersection(keys.map(\.kid))
      for key in keys { world.meanings[key.kid, default: []].insert(key.n ?? "") }
    case .setting(let target, let key):
      for index in world.signers.indices {
        if world.signers[index].name == Self.setting(target) { world.signers[index].mayUse = [key.kid] }
        if world.signers[index].name == Self.process(target) { world.signers[index].mayUse.insert(key.kid) }
      }
    case .started(let target):
      guard let setting = world.signers.first(where: { $0.name == Self.setting(target) }) else { break }
      for index in world.signers.indices where world.signers[index].name == Self.process(target) {
        world.signers[index].mayUse = setting.mayUse
      }
    case .destroyed(let kid): world.sealed.remove(kid)
    }
    return world
  }

  static func setting(_ target: String) -> String { "the setting of \(target)" }
  static func process(_ target: String) -> String { "what runs on \(target)" }

  func lists(_ kid: KeyID) -> Bool {
    guard let entry = portal.first(where: { $0.kid == kid }) else { return false }
    return ours[kid].map(entry.isSame(as:)) ?? true
  }
}

extension World {
  /// The world of `facts`. What cannot be told counts as the worse case for signers and as last seen for the portal.
  package init(_ facts: Facts) {
    let rotation = facts.rotation
    let keys = [rotation.outgoing, rotation.incoming].compactMap { $0 }
    ours = Dictionary(keys.map { ($0.kid, $0) }, uniquingKeysWith: { first, _ in first })
    accepted = Set(rotation.lastGrant.keys.filter { rotation.grantSinceListed($0) != nil })
    if case .granted(let grant) = facts.outgoingAttempt { accepted.insert(grant.kid) }
    if facts.portal != .manual, let set = facts.portal.set ?? rotation.lastSeen.portal {
      portal = set.keys
    } else {
      portal = keys.filter { [accepted] in accepted.contains($0.kid) }.map { PortalKey($0) }
    }
    foreign = portal.filter { [ours] key in ours[key.kid] == nil }
    sealed = Set(facts.sealed.keys)
    meanings = [:]
    signers = facts.targets.flatMap { target in
      [
        Signer(name: Self.setting(target.name), mayUse: rotation.settingMayUse(target)),
        Signer(name: Self.process(target.name), mayUse: rotation.processMayUse(target)),
      ]
    }
    promises = ([rotation] + facts.others).compactMap { $0.promise(at: facts.now) }
    for key in portal { meanings[key.kid, default: []].insert(key.n ?? "") }
    for key in keys { meanings[key.kid, default: []].insert(key.publicKey.n) }
    if let incoming = rotation.incoming {
      for key in facts.everUsed { meanings[incoming.kid, default: []].insert(key.n) }
    }
  }
}

extension Rotation {
  fileprivate func settingMayUse(_ target: TargetSighting) -> Set<KeyID> {
    if let kid = target.holding?.kid { return [kid] }
    if case .absent? = target.holding { return [] }
    if case .writeOnly? = target.holding, unanswered[target.name] == nil,
      let written = lastSeen.targets[target.name] ?? nil
    {
      return [written]
    }
    return targetWriteOpened ? Set([outgoing.kid, incoming?.kid].compactMap { $0 }) : [outgoing.kid]
  }

  fileprivate func processMayUse(_ target: TargetSighting) -> Set<KeyID> {
    if case .kid(let kid) = target.beacon { return [kid] }
    let both = Set([outgoing.kid, incoming?.kid].compactMap { $0 })
    return switch phase {
    case .planned, .generated, .published, .proven: targetWriteOpened ? both : [outgoing.kid]
    case .swapped, .republishing, .restoring: both
    case .deployed, .verified, .retired, .completed: Set([incoming?.kid].compactMap { $0 })
    case .restored, .rolledBack, .abandoned: [outgoing.kid]
    }
  }

  fileprivate func promise(at now: Date) -> World.Promise? {
    switch phase {
    case .completed, .rolledBack, .abandoned: return nil
    default: break
    }
    let overlapOver = overlapCloses.map { now >= $0 } ?? false
    let quarantineOver = rollback == nil && (quarantineEnds.map { now >= $0 } ?? false)
    return World.Promise(
      rotation: id, kid: outgoing.kid, mustBeListed: !(overlapOver || phase == .retired || retireActed != nil),
      mustBeSealed: !quarantineOver)
  }
}
