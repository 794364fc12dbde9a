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
    let sets = try keySets(clients(of: ledger.history()), ledger)
    return sets.isEmpty ? nil : ExpiryReport(sets: sets).json
  }

  func overview() throws -> Overview {
    guard let ledger = try session.reader() else { return Overview() }
    let history = try ledger.history()
    let clients = clients(of: history)
    return Overview(
      phases: Dictionary(grouping: history, by: \.phase).mapValues(\.count),
      current: try clients.compactMap { own in
        try current(of: own, ledger).map { try shown($0, lastSuccess: own.compactMap(\.retiredAt).max(), ledger) }
      },
      keySets: try keySets(clients, ledger), entries: try ledger.entryCount(),
      signedEntries: try ledger.publishedSize())
  }

  func dashboard(_ readiness: Readiness) throws -> Page {
    let ledger = try session.reader()
    let history = try ledger?.history() ?? []
    let clients = clients(of: history)
    return try DashboardReport(
      rotations: ledger.map { ledger in
        try clients.compactMap { own in
          try current(of: own, ledger).map { rotation in
            (
              try RotationReport(rotation, ledger: ledger, session: session),
              Timeline(try ledger.entries(of: rotation.id).leaves)
            )
          }
        }
      } ?? [], history: history, keySets: ledger.map { try keySets(clients, $0) } ?? [], readiness: readiness,
      now: session.clock.now()
    ).page
  }

  func logFile(_ name: String) throws -> Data? {
    try LogFolder(path: session.stateFolder.logPath).resource(name)
  }

  /// Each client's rotations, newest first, the client with the newest first.
  private func clients(of history: [RotationSummary]) -> [[RotationSummary]] {
    var clients: [[RotationSummary]] = []
    for rotation in history {
      let place = clients.firstIndex { $0[0].issuer == rotation.issuer && $0[0].clientID == rotation.clientID }
      if let place { clients[place].append(rotation) } else { clients.append([rotation]) }
    }
    return clients
  }

  /// A client's open rotation, else its last.
  private func current(of own: [RotationSummary], _ ledger: any LedgerReader) throws -> Rotation? {
    let isOpen = { (rotation: RotationSummary) in
      rotation.phase.isOpen || (rotation.rollback != nil && !rotation.phase.isFinal)
    }
    return try (own.first(where: isOpen) ?? own.first).flatMap { try ledger.rotation($0.id) }
  }

  private func shown(_ rotation: Rotation, lastSuccess: Date?, _ ledger: any LedgerReader) throws -> ShownRotation {
    let standing = try Standing(rotation, ledger: ledger, now: session.clock.now())
    return ShownRotation(
      rotation: rotation, waiting: standing.waiting, safeToLeave: standing.safeToLeave, wayBack: standing.wayBack,
      guards: standing.verdicts.map { ($0.guardName, $0.holds) }, lastSuccess: lastSuccess)
  }

  /// The set that each client's last rotation to look saw. Its latest safe start counts with the runbook's verification
  /// where the runbook's variables are set here, else with the defaults.
  private func keySets(_ clients: [[RotationSummary]], _ ledger: any LedgerReader) throws -> [SeenKeySet] {
    try clients.compactMap { own in
      for summary in own {
        guard let rotation = try ledger.rotation(summary.id), let set = rotation.lastSeen.portal,
          let at = rotation.lastSeen.portalAt
        else { continue }
        let loaded = try? LoadedRunbook.stored(rotation, in: ledger, session.configuration)
        let keys = set.keys.map { key in
          KeyExpiry(
            of: key, timing: rotation.timing, verification: loaded?.runbook.verification ?? Runbook.Verification(),
            window: rotation.window, at: session.clock.now())
        }
        return SeenKeySet(issuer: rotation.issuer, clientID: rotation.clientID, seenAt: at, keys: keys)
      }
      return nil
    }
  }
}
