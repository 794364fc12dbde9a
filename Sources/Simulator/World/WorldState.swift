internal import Foundation
internal import RotationCore

/// A grant that was accepted once.
struct SpentGrant: Hashable {
  let client: ClientID
  let identity: String
}

/// A key set that was sent, got no answer, and arrives later.
struct LateWrite {
  let at: Date
  let client: ClientID
  let keys: [PortalKey]
}

/// Everything that the world remembers. Its methods take `now` and touch nothing outside.
struct WorldState {
  var settings: WorldSettings
  var baseURL = "http://127.0.0.1"
  var random: SeededRandom
  var clients: [ClientID: ClientRecord]
  /// The client that a hand edit means where it names none.
  let mainClient: ClientID?
  var spent: [SpentGrant: Date] = [:]
  var tokens: [String: IssuedToken] = [:]
  var log = CallLog()
  private var nextNode = 0
  private var late: [LateWrite] = []

  init(settings: WorldSettings, clients: [SimulatedClient], now: Date) {
    self.settings = settings
    random = SeededRandom(seed: settings.seed)
    mainClient = clients.first?.id
    self.clients = Dictionary(
      clients.map { ($0.id, ClientRecord($0, at: now)) }, uniquingKeysWith: { first, _ in first })
  }

  /// With its slash at the end, as Maskinporten's.
  var issuer: String { "\(baseURL)/\(settings.issuerPath)" }

  mutating func chooseNode() -> Int {
    let nodes = max(1, settings.nodes)
    switch settings.nodeChoice {
    case .inTurn:
      nextNode = (nextNode + 1) % nodes
      return nextNode
    case .random: return Int.random(in: 0..<nodes, using: &random)
    }
  }

  mutating func replaceKeys(of client: ClientID, with keys: [PortalKey], at now: Date) {
    let arrivals = (0..<max(1, settings.nodes)).map { _ in
      KeyHistory.Arrival(
        publication: now + random.duration(in: settings.publicationDelay),
        removal: now + random.duration(in: settings.removalDelay))
    }
    clients[client]?.replaceKeys(with: keys, at: now, arriving: arrivals)
  }

  mutating func replaceKeys(of client: ClientID, with keys: [PortalKey], at now: Date, landing delay: Duration?) {
    if let delay {
      late.append(LateWrite(at: now + delay, client: client, keys: keys))
    } else {
      replaceKeys(of: client, with: keys, at: now)
    }
  }

  /// Lets the late writes whose hour has come arrive, in order.
  mutating func settle(_ now: Date) {
    for write in late.filter({ $0.at <= now }).sorted(by: { $0.at < $1.at }) {
      replaceKeys(of: write.client, with: write.keys, at: write.at)
    }
    late.removeAll { $0.at <= now }
  }

  mutating func record(
    _ route: SimulatorRoute, status: Int, at now: Date, client: ClientID? = nil, kid: KeyID? = nil,
    error: String? = nil, node: Int? = nil
  ) {
    log.record(
      SimulatedCall(at: now, route: route, client: client, kid: kid, status: status, error: error, node: node))
  }
}
