import Foundation
import RotationCore
import RotationTestSupport

/// What a person does because `rotate` asked for it by name, where nobody but a person can: nothing here is done that the
/// answer's own words do not say.
enum Mend: Hashable, Sendable, CustomStringConvertible {
  /// `keyturn keys adopt`.
  case adopt(KeyID)
  /// The key stands in the portal again, as it should and not expired.
  case list(KeyID)
  /// What the portal lists under the kid is taken out.
  case remove(KeyID)
  case restart(String)
  /// The target is set to the key by hand.
  case set(String, KeyID)
  /// The operator's word, where it is true.
  case attest(AttestedFact)

  var description: String {
    switch self {
    case .adopt(let kid): "adopt \(kid), as asked"
    case .list(let kid): "list \(kid) again, as asked"
    case .remove(let kid): "take out what stands under \(kid), as asked"
    case .restart(let name): "restart \(name), as asked"
    case .set(let name, let kid): "set \(name) to \(kid), as asked"
    case .attest(let fact): "attest \(fact.rawValue), as asked"
    }
  }

  /// The commands whose words are followed: `rotate` and those that it names where it cannot go on.
  static let namers: Set<Act> = [.rotate(.plain), .rotate(.reassert), .abandon]

  /// What `answer` asks for at `moment`.
  static func asked(by answer: Workbench.Answer, at moment: Moment) -> [Mend] {
    guard let rotation = moment.newest else { return [] }
    let words = answer.words
    let world = moment.world
    func says(_ some: String...) -> Bool { some.contains { words.contains($0) } }
    var mends: [Mend] = []
    for kid in moment.rotations.keys.map(\.kid) {
      if moment.ledger.keys[kid] == nil, says("keys adopt --kid \(kid) ") { mends.append(.adopt(kid)) }
      let entry = world.keys.first { $0.kid == kid }
      if entry != nil, says("kid \(kid): remove it there", "lists kid \(kid) again: remove") {
        mends.append(.remove(kid))
      }
      let isDead = world.expired.contains(kid) || !(entry.map { $0.n == Truth.name(of: kid) } ?? false)
      guard isDead else { continue }
      let isAskedFor =
        says("add kid \(kid) to the portal by hand", "keys emit \(kid) prints it")
        || says("refuses kid \(kid)", "refuses the outgoing kid \(kid)", "kid \(kid), is refused")
        || says("may use kid \(kid), which is not listed", "left with kid \(kid), which is not listed")
        || says("kid \(kid)") && says("there again", "lists no key", "list it again", "list it in the portal again")
      if isAskedFor { mends.append(.list(kid)) }
    }
    for (name, place) in world.places {
      if place.kid != place.running, says("\(name): ", "runs on \(name) anew"), says("restart it", "anew") {
        mends.append(.restart(name))
      }
      if let incoming = rotation.incoming, says("\(name) holds"), says("set it to kid \(incoming.kid)") {
        mends.append(.set(name, incoming.kid))
      }
    }
    if says("keyturn attest withdrawn"), rotation.attestations[.withdrawn] == nil, let incoming = rotation.incoming,
      !world.keys.contains(where: { $0.kid == incoming.kid })
    {
      mends.append(.attest(.withdrawn))
    }
    let isBack = world.keys.contains { $0.isSame(as: rotation.outgoing) }
    if says("keyturn attest republished"), rotation.attestations[.republished] == nil, isBack {
      mends.append(.attest(.republished))
    }
    return mends
  }

  func apply(to stage: Stage, _ rotation: Rotation?) {
    let world = stage.world
    let keys = world.look(\.keys)
    let ours = stage.ledger.look(\.all).keys
    func key(_ kid: KeyID) -> KeyReference? { ours.first { $0.kid == kid } }
    switch self {
    case .adopt(let kid):
      guard let key = key(kid) else { return }
      stage.ledger.change {
        $0.keys[kid] = SealedKey(
          reference: key, origin: .adopted, createdAt: stage.clock.now(), pkcs8: Data(key.publicKey.n.utf8))
      }
    case .list(let kid):
      guard let key = key(kid) else { return }
      world.change { $0.expired.remove(kid) }
      guard !keys.contains(where: { $0.isSame(as: key) }) else { return }
      var others = keys.filter { $0.kid != kid }
      // Whoever has to make room takes out no key that a rotation is about.
      if others.count == PortalKeySet.capacity,
        let foreign = others.lastIndex(where: { other in !ours.contains { $0.kid == other.kid } })
      {
        others.remove(at: foreign)
      }
      world.replaceKeys(others)
      world.replaceKeys(others + [PortalKey(key)], early: true)
    case .remove(let kid): world.replaceKeys(keys.filter { $0.kid != kid })
    case .restart(let name): world.restart(name)
    case .attest(let fact): _ = try? rotation.map { try Desk(parts: stage.parts()).attest(fact, $0) }
    case .set(let name, let kid):
      world.change { state in
        state.places[name]?.kid = kid
        state.places[name]?.name = key(kid)?.publicKey.n
      }
    }
  }
}

extension [Rotation] {
  /// Every key of theirs, once.
  fileprivate var keys: [KeyReference] {
    flatMap { [$0.outgoing, $0.incoming] }.compactMap { $0 }.reduce(into: []) { keys, key in
      if !keys.contains(key) { keys.append(key) }
    }
  }
}
