import Foundation
import RotationCore
import RotationTestSupport

/// What is so, read from the world itself: never from what the engine believes, and with no code of guards or rules.
struct Truth {
  let world: PaperWorld.State
  let ledger: MemoryLedger.State
  let now: Date
  private let propagation: Duration

  init(_ stage: Stage) {
    propagation = stage.world.propagation
    let now = stage.clock.now()
    var world = stage.world.look { $0 }
    world.drop(lateAt: now, after: stage.runbook.timing.settle)
    self.world = world
    self.now = now
    ledger = stage.ledger.look { $0 }
  }

  /// A kid that any of our test keys bears tells the key: a paper kid is a prefix and the key's name.
  static func name(of kid: KeyID) -> String {
    kid.rawValue.hasPrefix("kid-") ? String(kid.rawValue.dropFirst(4)) : String(kid.rawValue.dropFirst(3))
  }

  func lists(_ kid: KeyID, _ name: String) -> Bool { world.keys.contains { $0.kid == kid && $0.n == name } }
  func lists(_ key: KeyReference) -> Bool { lists(key.kid, key.publicKey.n) }

  /// Every node of Maskinporten accepts it, and goes on doing so.
  func works(_ kid: KeyID, _ name: String) -> Bool {
    guard lists(kid, name), !world.expired.contains(kid), let from = world.knownFrom[kid] else { return false }
    return now >= from
  }

  func works(_ key: KeyReference) -> Bool { works(key.kid, key.publicKey.n) }

  /// Maskinporten gives a token now, at the node that learns first or forgets last.
  func isGranted(_ kid: KeyID, _ name: String) -> Bool {
    if world.expired.contains(kid) { return false }
    if let gone = world.knownUntil[kid], now < gone.until, gone.n == name { return true }
    return lists(kid, name) && (world.early.contains(kid) || works(kid, name))
  }

  /// When it was listed, where not every node knows that yet and no write of ours did it.
  func listedByHand(_ kid: KeyID) -> Date? {
    guard let from = world.knownFrom[kid], now < from, let rotation = ledger.all.first else { return nil }
    let listed = from - propagation
    return listed > rotation.lastPortalAct ?? .distantPast ? listed : nil
  }

  /// Removed, and not every node has forgotten it.
  func isRemembered(_ kid: KeyID) -> Bool { world.knownUntil[kid].map { now < $0.until } ?? false }

  /// A signer that is not as it was when the late write was sent, though nothing of ours was written or started there since.
  func wasMovedByHand(_ signer: String) -> Bool {
    world.latePlaces.contains { name, then in
      guard signer.hasSuffix(name), let now = world.places[name] else { return false }
      return (now.kid, now.running) != (then.kid, then.running)
        && (now.writes, now.deploys) == (then.writes, then.deploys)
    }
  }

  func isGranted(_ key: KeyReference) -> Bool { isGranted(key.kid, key.publicKey.n) }

  func isSealed(_ key: KeyReference) -> Bool { ledger.keys[key.kid]?.reference.publicKey == key.publicKey }

  /// Every setting and every running process, with whether it is accepted.
  var signers: [String: (kid: KeyID, works: Bool)] {
    var signers: [String: (kid: KeyID, works: Bool)] = [:]
    for (name, place) in world.places {
      if let kid = place.kid { signers["the setting of \(name)"] = (kid, place.name.map { works(kid, $0) } ?? false) }
      if let kid = place.running { signers["what runs on \(name)"] = (kid, works(kid, Self.name(of: kid))) }
    }
    return signers
  }

  func everyPlace(holds key: KeyReference) -> Bool {
    world.places.values.allSatisfy { $0.kid == key.kid && $0.name == key.publicKey.n }
  }

  func everyPlace(runs key: KeyReference) -> Bool { world.places.values.allSatisfy { $0.running == key.kid } }

  func isUsed(_ key: KeyReference) -> Bool {
    world.places.values.contains { $0.kid == key.kid || $0.running == key.kid }
  }

  /// A write on its way that `step` may not cross: another one to the same neighbour, or one that lists or sets the key
  /// that the step removes or destroys.
  func isCrossed(by step: Step, of rotation: Rotation) -> Bool {
    let change = step.change(in: rotation)
    var isCrossed = false
    if let late = world.lateWrite {
      // A destruction writes to no neighbour: only what lists its key stands in its way.
      for key in step == .destroyKey ? [rotation.outgoing] : [rotation.outgoing, rotation.incoming].compactMap({ $0 }) {
        let will = late.contains { $0.isSame(as: key) }
        if will != world.lateBase.contains(where: { $0.isSame(as: key) }),
          change != (will ? "add \(key.kid)" : "remove \(key.kid)")
        {
          isCrossed = true
        }
      }
    }
    switch step {
    case .publishKey, .republishKey: return isCrossed
    case .retireKey, .destroyKey: return isCrossed || world.lateSetting?.kid == rotation.outgoing.kid
    case .withdrawKey, .abandon:
      return isCrossed || world.lateSetting?.kid == rotation.incoming?.kid && world.lateSetting != nil
    case .swapEnvironment: return world.lateSetting?.kid == rotation.outgoing.kid
    case .restoreEnvironment:
      return world.lateSetting != nil && world.lateSetting?.kid == rotation.incoming?.kid || dropsOutgoing(rotation)
    case .openRotation, .generateKey, .proveKey, .deployIncoming, .verifyDeployment, .openRollback, .proveRestored,
      .resumeForward:
      return false
    }
  }

  private func dropsOutgoing(_ rotation: Rotation) -> Bool {
    guard let late = world.lateWrite else { return false }
    return lists(rotation.outgoing) && !late.contains { $0.isSame(as: rotation.outgoing) }
  }

  func namesTaken(by rotation: Rotation) -> Bool {
    [rotation.outgoing, rotation.incoming].compactMap { $0 }.contains(where: isTaken)
  }

  func isTaken(_ key: KeyReference) -> Bool { world.keys.contains { $0.kid == key.kid && !$0.isSame(as: key) } }

  func hasPlace(for key: KeyReference) -> Bool { hasRoom || world.keys.contains { $0.kid == key.kid } }

  var hasRoom: Bool { world.keys.count < PortalKeySet.capacity }
}
