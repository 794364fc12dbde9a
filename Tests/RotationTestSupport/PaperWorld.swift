package import Foundation
package import RotationCore
private import Synchronization

/// Maskinporten, the portal, targets and what runs on them, as a value over a clock: enough to be refused by.
package final class PaperWorld: Sendable {
  package struct Place: Sendable {
    package var kid: KeyID?
    package var name: String?
    package var running: KeyID?
    package var reloadFails = false
    /// A rate limit keeps every deploy out.
    package var limited = false
    package var writes = 0
    package var deploys = 0
  }

  /// `half`: the kid is set, its private half is not, and the answer is lost.
  package enum Fault: Sendable { case dropBefore, dropAfter, refuse, dead, late, half }

  package struct State: Sendable {
    package var keys: [PortalKey] = []
    /// As the portal says it; nil: it does not.
    package var created: String?
    /// kid -> when every node knows it; removed kids -> when every node has forgotten it.
    package var knownFrom: [KeyID: Date] = [:]
    package var knownUntil: [KeyID: (until: Date, n: String)] = [:]
    /// Kids under which another key stood -> until when a node that is late goes by that one.
    package var mistakenUntil: [KeyID: Date] = [:]
    package var places: [String: Place] = [:]
    package var portalFaults: [Fault] = []
    package var targetFaults: [Fault] = []
    package var portalDead = false
    package var maskinportenDead = false
    /// What the next requests for a token get, one each.
    package var tokenTroubles: [NeighbourTrouble] = []
    package var targetsDead = false
    package var beaconsDead = false
    /// Kids that the first node knows before the others do: a token is given, an app may still be refused.
    package var early: Set<KeyID> = []
    /// Listed, and refused as expired.
    package var expired: Set<KeyID> = []
    /// Seconds by which this host's clock is ahead of Maskinporten's.
    package var clockAhead = 0.0
    package var issuer = "https://m/"
    package var replaced = 0
    package var refusedSigners: [String] = []
    package var readiness = ReadinessStatus.ready
    /// Keeps the probe from being asked.
    package var readinessTrouble: NeighbourTrouble?
    /// Scopes for which nobody is given a token.
    package var deniedScopes: Set<String> = []
    package var lateWrite: [PortalKey]?
    /// When what is late was sent.
    package var lateSince: Date = .distantPast
    /// The set that a late write was to change, and the targets, as they were when it was sent.
    package var lateBase: [PortalKey] = []
    package var latePlaces: [String: Place] = [:]
    /// Writes and deploys of targets, in order: `write t1 kid`, `deploy t1 kid`.
    package var acts: [String] = []
    /// Targets that refuse to be written.
    package var closed: Set<String> = []
    /// Targets that say at the preflight that they are not ready.
    package var unready: Set<String> = []
    package var lateSetting: LateSetting?

    /// A write lands within `settle` of the moment at which it was sent, or never.
    package mutating func drop(lateAt now: Date, after settle: Duration) {
      guard now >= lateSince + settle else { return }
      lateWrite = nil
      lateSetting = nil
    }
  }

  /// A pair on its way to a target.
  package struct LateSetting: Sendable, Hashable {
    package var target: String
    package var kid: KeyID
    package var name: String
    /// Every node accepted the key when the pair was sent, or had until a moment ago.
    package var wasAccepted: Bool
  }

  package let clock: ManualClock
  package let propagation: Duration
  private let state: Mutex<State>
  private let crash: Mutex<CrashPlan>
  private struct Interlude {
    var callsBefore: Int
    var body: @Sendable () async -> Void
  }
  private let interlude = Mutex<Interlude?>(nil)
  package let hasBeacon: Bool
  package let reloads: Bool
  /// A write without an answer cannot land later.
  package let settlesAtOnce: Bool
  /// Kid and private half are written at once.
  package let writesWhole: Bool
  /// Tokens are asked for at the node that learns first, apps ask one that learns last.
  package let asksFirstNode: Bool

  package init(
    clock: ManualClock, live: KeyReference, others: Int = 1, targets: [String] = ["dotenv:/app/.env"],
    propagation: Duration = .seconds(60), hasBeacon: Bool = true, reloads: Bool = true, settlesAtOnce: Bool = true,
    writesWhole: Bool = true, asksFirstNode: Bool = false
  ) {
    self.clock = clock
    self.propagation = propagation
    self.hasBeacon = hasBeacon
    self.reloads = reloads
    self.settlesAtOnce = settlesAtOnce
    self.writesWhole = writesWhole
    self.asksFirstNode = asksFirstNode
    var start = State()
    start.keys = (0..<others).map { PortalKey(PaperKeys.reference("other\($0)")) } + [PortalKey(live)]
    for key in start.keys { start.knownFrom[key.kid] = .distantPast }
    for target in targets { start.places[target] = Place(kid: live.kid, name: live.publicKey.n, running: live.kid) }
    state = Mutex(start)
    crash = Mutex(CrashPlan())
  }

  package func restart(_ plan: CrashPlan) { crash.withLock { $0 = plan } }
  /// What happens elsewhere between the call of a neighbour that comes after `calls` others, and its effect.
  package func meanwhile(after calls: Int, _ body: @escaping @Sendable () async -> Void) {
    interlude.withLock { $0 = Interlude(callsBefore: calls, body: body) }
  }
  func pause() async {
    let body = interlude.withLock { interlude -> (@Sendable () async -> Void)? in
      guard let next = interlude else { return nil }
      interlude = next.callsBefore > 0 ? Interlude(callsBefore: next.callsBefore - 1, body: next.body) : nil
      return next.callsBefore > 0 ? nil : next.body
    }
    await body?()
  }

  package func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
  package func look<R: Sendable>(_ body: (State) -> R) -> R { state.withLock { body($0) } }
  /// The next of the faults that wait for a write, used up.
  func takeFault(_ faults: any WritableKeyPath<State, [Fault]> & Sendable) -> Fault? {
    state.withLock { $0[keyPath: faults].isEmpty ? nil : $0[keyPath: faults].removeFirst() }
  }
  func takeTrouble() -> NeighbourTrouble? {
    state.withLock { $0.tokenTroubles.isEmpty ? nil : $0.tokenTroubles.removeFirst() }
  }
  package var kids: [KeyID] { look { $0.keys.map(\.kid) } }

  func point(_ name: String) throws { try crash.withLock { $0 }.point(name) }

  /// What somebody does by hand, or our own write: the set is replaced and the nodes learn of it later.
  package func replaceKeys(_ keys: [PortalKey], early: Bool = false) {
    let now = clock.now()
    state.withLock { state in
      for key in keys where !state.keys.contains(where: { $0.kid == key.kid && $0.n == key.n }) {
        state.knownFrom[key.kid] = now + propagation
        if state.keys.contains(where: { $0.kid == key.kid }) { state.mistakenUntil[key.kid] = now + propagation }
        if early { state.early.insert(key.kid) }
      }
      for key in state.keys where !keys.contains(where: { $0.kid == key.kid }) {
        state.knownUntil[key.kid] = (now + propagation, key.n ?? "")
        state.early.remove(key.kid)
      }
      state.keys = keys
    }
  }

  /// What runs on `target` is started anew and reads its setting.
  package func restart(_ target: String) {
    state.withLock { state in
      let held = state.places[target]?.kid
      state.places[target]?.running = held
    }
  }

  /// The write that was held back arrives.
  package func landLateWrite() {
    if let late = look(\.lateSetting) {
      change { state in
        state.lateSetting = nil
        state.places[late.target]?.kid = late.kid
        state.places[late.target]?.name = late.name
      }
    }
    guard let keys = look(\.lateWrite) else { return }
    change { $0.lateWrite = nil }
    replaceKeys(keys, early: asksFirstNode)
  }

  package func accepts(_ key: KeyReference) -> Bool {
    let now = clock.now()
    return state.withLock { state in
      if state.expired.contains(key.kid) { return false }
      if let gone = state.knownUntil[key.kid], now < gone.until, gone.n == key.publicKey.n { return true }
      guard state.keys.contains(where: { $0.isSame(as: key) }), let from = state.knownFrom[key.kid] else {
        return false
      }
      return now >= from || state.early.contains(key.kid)
    }
  }

  /// Every running app asks for a token with what it holds; the kids that were refused.
  package func refusedSigners() -> [String] {
    look { state in
      state.places.compactMap { name, place in
        guard let running = place.running else { return nil }
        let now = clock.now()
        if let gone = state.knownUntil[running], now < gone.until { return nil }
        guard state.keys.contains(where: { $0.kid == running }), let from = state.knownFrom[running], now >= from else {
          return "\(name) with \(running)"
        }
        return nil
      }
    }
  }

  package func neighbourhood(manual: Bool = false, readiness: Bool = true) -> Neighbourhood {
    let names = look { $0.places.keys.sorted() }
    return Neighbourhood(
      tokens: Endpoint(world: self), portal: manual ? nil : Portal(world: self),
      sites: names.map { name in
        let beacon: (any SignerBeacon)? = hasBeacon ? Beacon(world: self, name: name) : nil
        return Neighbourhood.Site(target: Target(world: self, name: name), beacon: beacon)
      }, readiness: readiness ? Readiness(world: self) : nil)
  }
}
