import Foundation
import RotationCore
import RotationTestSupport

/// What may go wrong at a moment, or during a run that begins there.
enum Disturbance: Hashable, Sendable, CustomStringConvertible {
  /// A neighbour, silent or broken for the whole of one run.
  enum Outage: String, Hashable, Sendable, CaseIterable {
    case portal, maskinporten, targets, beacons, reload, readiness
  }
  enum Fault: String, Hashable, Sendable, CaseIterable {
    /// The write is said no to.
    case refused
    /// It takes effect, the answer is lost, and looking shows it.
    case answerLost
    /// It takes effect, the answer is lost, and nobody answers afterwards.
    case answerLostThenSilence
    /// It is held up: no answer, no effect yet, and nobody answers afterwards.
    case heldUp
    /// A pair that is not written at once: its kid is set, its private half is not, and the answer is lost.
    case half
  }

  case outage(Outage), write(Int, Fault)
  /// The process ends right after something became durable here or there.
  case crash
  /// Another runner takes over while this one's call of a neighbour, with so many before it, is on its way.
  case second(Act, call: Int)
  case hand(Hand)
  /// Somebody's change while this run's call for a token, with so many calls before it, is on its way.
  case meanwhile(Hand, call: Int)

  var isSecond: Bool { if case .second = self { true } else { false } }

  /// The row of the cell table.
  var kind: String {
    switch self {
    case .outage(let outage): "\(outage.rawValue) silent"
    case .write(_, let fault): "write \(fault.rawValue)"
    case .crash: "crash"
    case .second: "second runner"
    case .hand(let hand): "by hand: \(hand.kind)"
    case .meanwhile(let hand, _): "by hand during a proof: \(hand.kind)"
    }
  }

  var description: String {
    switch self {
    case .write(let index, let fault): "write \(index + 1) \(fault.rawValue)"
    case .second(let act, let call): "second runner at call \(call + 1): \(act)"
    case .hand(let hand): "by hand: \(hand)"
    case .meanwhile(let hand, let call): "at call \(call + 1) by hand: \(hand)"
    case .outage, .crash: kind
    }
  }
}

/// What somebody else does to portal, target or store.
enum Hand: Hashable, Sendable, CustomStringConvertible {
  enum Which: String, Hashable, Sendable, CaseIterable { case outgoing, incoming }
  enum Pair: String, Hashable, Sendable, CaseIterable { case outgoing, incoming, foreign, stranger, none, half }

  case removes(Which), lists(Which), replaces(Which), revokes(Which)
  /// The set is somebody else's, full.
  case fillsWithOthers
  case fills, empties
  case sets(String, Pair), restarts(String)
  /// The outgoing pair is set and the app started with it.
  case putsBack(String)
  /// A process that was started before the swap signs again.
  case revives(String)
  /// The store learns of another key under the incoming kid.
  case namesake
  case loses(Which)
  /// Before a rotation is opened.
  case clockRuns, issuerMoves, keysAreWeak, importedKeyGoes, targetIsUnready

  var kind: String {
    switch self {
    case .removes(let which): "\(which) removed"
    case .lists(let which): "\(which) listed"
    case .replaces(let which): "\(which) replaced"
    case .revokes(let which): "\(which) revoked"
    case .loses(let which): "sealed \(which) lost"
    case .fillsWithOthers: "set replaced"
    case .fills: "portal filled"
    case .empties: "portal emptied"
    case .sets(_, let pair): "target set to \(pair)"
    case .restarts: "app restarted"
    case .putsBack: "app put back"
    case .revives: "old process back"
    case .namesake: "kid used twice"
    case .clockRuns: "clock runs"
    case .issuerMoves: "issuer moves"
    case .keysAreWeak: "live key too weak"
    case .importedKeyGoes: "imported key gone"
    case .targetIsUnready: "target not ready"
    }
  }

  var description: String {
    switch self {
    case .sets(let name, let pair): "\(name) set to \(pair)"
    case .restarts(let name): "\(name) restarted"
    case .putsBack(let name): "\(name) put back"
    case .revives(let name): "an old process of \(name) signs again"
    default: kind
    }
  }

  /// Two changes at once: a key gone from the portal or a target set, and something that stands in the way of mending it.
  static func pairs(at moment: Moment, in setting: Setting) -> [[Hand]] {
    let all = all(at: moment, in: setting)
    let first = all.filter { hand in
      switch hand {
      case .removes, .sets(_, .outgoing), .sets(_, .stranger), .sets(_, .incoming): true
      default: false
      }
    }
    let second = all.filter { hand in
      switch hand {
      case .replaces, .loses, .revokes, .fills, .removes: true
      default: false
      }
    }
    return first.flatMap { one in second.filter { $0 != one }.map { [one, $0] } }
  }

  static func all(at moment: Moment, in setting: Setting) -> [Hand] {
    let world = moment.world
    let names = world.places.keys.sorted()
    let pairs: [Pair] = setting.isNarrow ? [.outgoing, .incoming, .stranger] : Pair.allCases
    var hands: [Hand] = setting.isNarrow ? [.empties] : [.fillsWithOthers, .empties]
    if world.keys.count < PortalKeySet.capacity { hands.append(.fills) }
    guard let rotation = moment.newest else {
      hands += [.removes(.outgoing), .replaces(.outgoing), .revokes(.outgoing)]
      hands += [.clockRuns, .issuerMoves, .keysAreWeak, .targetIsUnready]
      if setting.usesImported { hands += [.importedKeyGoes, .replaces(.incoming)] }
      return hands + names.flatMap { name in [Pair.foreign, .stranger, .none, .half].map { .sets(name, $0) } }
    }
    for which in Which.allCases {
      guard let key = which.key(rotation) else { continue }
      if let entry = world.keys.first(where: { $0.kid == key.kid }) {
        hands.append(.removes(which))
        if entry.isSame(as: key) { hands.append(.replaces(which)) }
        if !world.expired.contains(key.kid) { hands.append(.revokes(which)) }
      } else {
        hands.append(.lists(which))
      }
      if moment.ledger.keys[key.kid] != nil { hands.append(.loses(which)) }
    }
    if rotation.phase == .generated { hands.append(.namesake) }
    for name in names {
      for pair in pairs where pair != .incoming || rotation.incoming != nil { hands.append(.sets(name, pair)) }
      if world.places[name]?.kid != world.places[name]?.running { hands.append(.restarts(name)) }
      guard world.places[name]?.running != rotation.outgoing.kid else { continue }
      hands.append(.putsBack(name))
      // Without a beacon nobody could tell.
      if setting.hasBeacon { hands.append(.revives(name)) }
    }
    return hands
  }

  func apply(to stage: Stage, _ rotation: Rotation?, in setting: Setting) {
    let world = stage.world
    let keys = world.look(\.keys)
    func key(_ which: Which) -> KeyReference? {
      guard let rotation else { return which == .outgoing ? stage.live : Setting.imported }
      return which.key(rotation)
    }
    switch self {
    case .removes(let which): world.replaceKeys(keys.filter { $0.kid != key(which)?.kid })
    case .lists(let which): world.replaceKeys(keys + [key(which)].compactMap { $0.map { PortalKey($0) } }, early: true)
    case .replaces(let which):
      guard let key = key(which) else { return }
      let other = PortalKey(PaperKeys.reference("impostor", kid: key.kid))
      world.replaceKeys(keys.filter { $0.kid != key.kid })
      world.replaceKeys(world.look(\.keys) + [other])
    case .revokes(let which): world.change { state in _ = key(which).map { state.expired.insert($0.kid) } }
    case .fillsWithOthers: world.replaceKeys((0..<5).map { PortalKey(PaperKeys.reference("other\($0)")) })
    case .fills:
      let more = (5..<15).map { PortalKey(PaperKeys.reference("other\($0)")) }.filter { key in
        !keys.contains { $0.kid == key.kid }
      }
      world.replaceKeys(Array((keys + more).prefix(PortalKeySet.capacity)))
    case .empties: world.replaceKeys([])
    case .sets(let name, let pair):
      let name0: String? =
        switch pair {
        case .outgoing: key(.outgoing)?.publicKey.n
        case .incoming: key(.incoming)?.publicKey.n
        case .foreign: "other0"
        case .stranger: "stranger"
        case .none, .half: nil
        }
      let kid: KeyID? =
        switch pair {
        case .outgoing: key(.outgoing)?.kid
        case .incoming: key(.incoming)?.kid
        case .foreign: KeyID("kid-other0")
        case .stranger: KeyID("kid-stranger")
        case .half: KeyID("kid-half")
        case .none: nil
        }
      world.change { state in
        state.places[name]?.kid = kid
        state.places[name]?.name = name0
      }
    case .restarts(let name): world.restart(name)
    case .putsBack(let name):
      Self.sets(name, .outgoing).apply(to: stage, rotation, in: setting)
      world.restart(name)
    case .revives(let name):
      world.change { state in _ = key(.outgoing).map { state.places[name]?.running = $0.kid } }
    case .namesake:
      guard let key = key(.incoming) else { return }
      stage.ledger.change { $0.history[key.kid, default: []].append(PaperKeys.publicKey("namesake")) }
    case .loses(let which): stage.ledger.change { state in _ = key(which).map { state.keys[$0.kid] = nil } }
    case .clockRuns: world.change { $0.clockAhead = 60 }
    case .issuerMoves: world.change { $0.issuer = "https://elsewhere/" }
    case .keysAreWeak:
      world.change { state in
        for name in state.places.keys {
          state.places[name]?.kid = KeyID("kid-weak")
          state.places[name]?.name = "weak"
          state.places[name]?.running = KeyID("kid-weak")
        }
      }
      world.replaceKeys(keys.filter { $0.kid != stage.live.kid } + [PortalKey(PaperKeys.reference("weak"))])
      world.change { $0.knownFrom[KeyID("kid-weak")] = .distantPast }
    case .targetIsUnready: world.change { $0.unready = Set($0.places.keys) }
    case .importedKeyGoes: stage.ledger.change { $0.keys[Setting.imported.kid] = nil }
    }
  }
}

extension Hand {
  /// Whoever signs is on another key afterwards.
  var movesSigners: Bool {
    switch self {
    case .sets, .restarts, .putsBack, .revives: true
    default: false
    }
  }
}

extension Hand.Which {
  func key(_ rotation: Rotation) -> KeyReference? { self == .outgoing ? rotation.outgoing : rotation.incoming }
}
