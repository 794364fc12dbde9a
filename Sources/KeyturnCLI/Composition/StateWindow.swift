internal import ControlServer
internal import Foundation
internal import RotationCore
internal import RotationStore
internal import TransparencyLog

/// What the HTTP door sees of a state: through the ledger's reading half, opened afresh for each look, so that a state
/// made, restored or moved meanwhile is seen as it is. What it tells is what the commands of the same name print.
struct StateWindow: StateView {
  let session: Session

  func history() throws -> JSONValue { HistoryReport(rotations: try session.reader()?.history() ?? []).json }

  func rotation(_ id: RotationID) throws -> JSONValue? {
    guard let ledger = try session.reader(), let rotation = try ledger.rotation(id) else { return nil }
    return try RotationReport(rotation, ledger: ledger, session: session).json
  }

  func expiry() throws -> JSONValue? {
    guard let ledger = try session.reader() else { return nil }
    let sets = Self.keySets(of: try ledger.rotations(), ledger, session)
    if sets.isEmpty { return nil }
    return [
      "schema": "keyturn.expiry/v1",
      "clients": .array(
        sets.map { set in
          [
            "issuer": .string(set.issuer), "client_id": .string(set.clientID.rawValue),
            "seen_at": .string(set.seenAt.iso8601), "keys": .array(set.keys.map(\.json)),
          ]
        }),
    ]
  }

  func overview() throws -> Overview {
    guard let ledger = try session.reader() else { return Overview() }
    let rotations = try ledger.rotations()
    return Overview(
      rotations: rotations, current: try Self.current(rotations).map { try shown($0, ledger) },
      keySets: Self.keySets(of: rotations, ledger, session), entries: try ledger.entryCount(),
      signedEntries: try ledger.publishedSize())
  }

  func logFile(_ name: String) throws -> Data? {
    try LogFolder(path: session.stateFolder.logPath).resource(name)
  }

  /// Of each client the open rotation, else the last.
  private static func current(_ rotations: [Rotation]) -> [Rotation] {
    byClient(rotations).compactMap { own in own.first { $0.phase.isOpen || $0.isGoingBack } ?? own.first }
  }

  /// The last set that each client's rotations saw. Its latest safe start counts with the runbook's verification where
  /// the runbook's variables are set here, else with the defaults.
  private static func keySets(of rotations: [Rotation], _ ledger: any LedgerReader, _ session: Session)
    -> [SeenKeySet]
  {
    byClient(rotations).compactMap { own in
      let seen = own.compactMap { rotation in rotation.lastSeen.portalAt.map { (rotation, $0) } }
      guard let (rotation, at) = seen.max(by: { $0.1 < $1.1 }), let set = rotation.lastSeen.portal else { return nil }
      let loaded = try? LoadedRunbook.stored(rotation, in: ledger, session.configuration)
      let keys = set.keys.map { key in
        KeyExpiry(
          of: key, timing: rotation.timing, verification: loaded?.runbook.verification ?? Runbook.Verification(),
          window: rotation.window, at: session.clock.now())
      }
      return SeenKeySet(issuer: rotation.issuer, clientID: rotation.clientID, seenAt: at, keys: keys)
    }
  }

  /// Each client's rotations, the client with the newest first.
  private static func byClient(_ rotations: [Rotation]) -> [[Rotation]] {
    var groups: [[Rotation]] = []
    for rotation in rotations {
      let place = groups.firstIndex { $0[0].issuer == rotation.issuer && $0[0].clientID == rotation.clientID }
      if let place { groups[place].append(rotation) } else { groups.append([rotation]) }
    }
    return groups
  }

  private func shown(_ rotation: Rotation, _ ledger: any LedgerReader) throws -> ShownRotation {
    let standing = try Standing(rotation, ledger: ledger, now: session.clock.now())
    return ShownRotation(
      rotation: rotation, waiting: standing.waiting, safeToLeave: standing.safeToLeave, wayBack: standing.wayBack,
      next: standing.next, nextCommand: NextCommand.of(standing, session),
      verdicts: standing.verdicts.map {
        ShownVerdict(guardName: $0.guardName, holds: $0.holds, reason: $0.reason)
      },
      timeline: Timeline(try ledger.entries(of: rotation.id)).lines.map {
        ShownEvent(at: $0.at, phase: $0.phase, step: $0.step, kid: $0.kid, by: $0.by, what: $0.what)
      })
  }
}
