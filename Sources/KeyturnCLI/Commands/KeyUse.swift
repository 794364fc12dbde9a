internal import Foundation
internal import RotationCore

/// Why a private half may not be destroyed, by what the ledger holds and last saw (contract, section 2, Destroyed).
struct KeyUse: Sendable {
  let reasons: [String]

  init(of kid: KeyID, _ rotations: [Rotation]) {
    var reasons: [String] = []
    for rotation in rotations where !rotation.phase.isFinal {
      if rotation.outgoing.kid == kid { reasons.append(Self.named(rotation, "outgoing")) }
      if rotation.incoming?.kid == kid { reasons.append(Self.named(rotation, "incoming")) }
    }
    reasons += Self.targets(rotations, kid)
    for rotation in Self.lastLooks(rotations) {
      guard rotation.lastSeen.portal?[kid] != nil, let at = rotation.lastSeen.portalAt else { continue }
      reasons.append("the portal of client \(rotation.clientID) listed it at \(at.iso8601)")
    }
    self.reasons = reasons
  }

  private static func named(_ rotation: Rotation, _ role: String) -> String {
    "rotation \(rotation.id) (\(rotation.phase.rawValue)) names it as \(role)"
  }

  /// The last look at each target and at what runs there, whichever rotation made it.
  private static func targets(_ rotations: [Rotation], _ kid: KeyID) -> [String] {
    var reasons: [String] = []
    var seen: Set<String> = []
    for rotation in rotations.sorted(by: { looked($0.lastSeen.targetsAt) > looked($1.lastSeen.targetsAt) }) {
      for (name, held) in rotation.lastSeen.targets.sorted(by: { $0.key < $1.key }) where seen.insert(name).inserted {
        let at = rotation.lastSeen.targetsAt.map { " at \($0.iso8601)" } ?? ""
        if held == kid { reasons.append("\(name) held it\(at)") }
        if rotation.lastSeen.beacons[name] == .some(kid) { reasons.append("what runs on \(name) signed with it\(at)") }
      }
    }
    return reasons
  }

  /// For each client the rotation that looked at its portal last.
  private static func lastLooks(_ rotations: [Rotation]) -> [Rotation] {
    let clients = Dictionary(grouping: rotations) { "\($0.issuer) \($0.clientID)" }
    return clients.sorted { $0.key < $1.key }.compactMap { entry in
      entry.value.max { looked($0.lastSeen.portalAt) < looked($1.lastSeen.portalAt) }
    }
  }

  private static func looked(_ date: Date?) -> Date { date ?? .distantPast }
}
