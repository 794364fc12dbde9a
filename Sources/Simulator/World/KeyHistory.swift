internal import Foundation
internal import RotationCore

/// Every key set that a client ever had, and when each token server learns of it. The portal's list is the last one;
/// a node lags behind it key by key.
struct KeyHistory {
  /// When one node accepts what a version added or changed, and when it refuses what the version left out.
  struct Arrival {
    let publication: Date
    let removal: Date
  }

  private struct Version {
    let keys: [PortalKey]
    /// By node; empty means that every node always knew it.
    let arrivals: [Arrival]
  }

  private var versions: [Version]

  init(initial keys: [PortalKey]) { versions = [Version(keys: keys, arrivals: [])] }

  mutating func append(_ keys: [PortalKey], arriving arrivals: [Arrival]) {
    versions.append(Version(keys: keys, arrivals: arrivals))
  }

  /// What the portal lists.
  var current: [PortalKey] { versions.last?.keys ?? [] }

  /// What it listed before the last change: a stale answer.
  var previous: [PortalKey] { versions.dropLast().last?.keys ?? current }

  /// The key under `kid` as `node` knows it: the newest version whose word about this kid has arrived there.
  func key(_ kid: KeyID, at node: Int, now: Date) -> PortalKey? {
    for version in versions.reversed() {
      let key = version.keys.first { $0.kid == kid }
      guard version.arrivals.indices.contains(node) else { return key }
      let arrival = version.arrivals[node]
      if (key == nil ? arrival.removal : arrival.publication) <= now { return key }
    }
    return nil
  }

  /// The kids that `node` accepts.
  func kids(at node: Int, now: Date) -> [KeyID] {
    Set(versions.flatMap(\.keys).map(\.kid)).filter { key($0, at: node, now: now) != nil }.sorted()
  }
}
