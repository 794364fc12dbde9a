internal import RotationCore
internal import Simulator

/// The scenarios in which something goes wrong, or a person has to act.
extension RehearsalStage {
  /// The app starts with the incoming key and says that it is not ready; restored, it is well again.
  func playFailedCutover() async throws -> RehearsalResult {
    let app = scenario.app
    onEvent { event in
      switch event {
      case .phase(.deployed, _):
        app.pretend(
          .notReady(failures: [
            ReadinessFinding(field: "MASKINPORTEN_PRIVATE_KEY", reason: "invalid or unusable for JWT signing")
          ]))
      case .phase(.restoring, _): app.pretend(nil)
      default: break
      }
    }
    let report = try await rotate()
    let incoming = report.rotation?.incoming
    var result = try await result(
      .failedCutover,
      RehearsalEnding(phase: .rolledBack, live: scenario.outgoing, gone: incoming, portalWrites: 2))
    let used = incoming.map { world.appGrantCounts[$0.kid]?.granted ?? 0 } ?? 0
    result.checks.append(
      RehearsalCheck(
        claim: "the app had run with the incoming key before it went back", holds: used > 0,
        evidence: "it obtained \(used) tokens with it"))
    return result
  }

  /// One process after the other, each killed where none was before; the last one lives to the end.
  func playCrash() async throws -> RehearsalResult {
    let points = CrashPoints()
    var processes = 0
    while try lastRotation()?.phase != .completed, processes < Self.processesAtMost, try !session().stop.isRequested {
      processes += 1
      if let rotation = try lastRotation(), rotation.phase == .retired, let end = rotation.quarantineEnds {
        try await clock.sleep(until: end)
      }
      do { _ = try await rotate(life: Lifeline(points)) } catch is Lifeline.Killed { continue }
    }
    // Whoever comes next signs what the dead have left in the log.
    try await process { try $0.parts.ledger.claim() }
    var result = try await result(.crash, completed(portalWrites: 2))
    let died = points.all
    result.checks.append(
      RehearsalCheck(
        claim: "killed at every record and every outside write, before and after it", holds: died.count >= 24,
        evidence: "\(died.count) points, \(processes) processes"))
    result.crashPoints = died
    return result
  }

  private static let processesAtMost = 200

  /// The operator looks at the portal's page, does by hand what he is told, says so, and lets the program go on.
  func playManualPortal() async throws -> RehearsalResult {
    let asked = Handovers()
    onEvent { event in
      if case .handover(let fact, let key) = event { asked.note(fact, key) }
    }
    var report = try await rotate()
    var acts = 0
    while report.waiting.on == .person, let (fact, key) = asked.take(), let rotation = report.rotation, acts < 10 {
      acts += 1
      // An hour until somebody has the time.
      try await clock.advance(by: .seconds(3_600))
      let edit =
        fact == .published || fact == .republished ? HandEdit(add: [PortalKey(key)]) : HandEdit(remove: [key.kid])
      try world.edit(edit)
      _ = try await process { try Desk(parts: $0.parts).attest(fact, rotation) }
      report = try await rotate()
    }
    try await sitThroughQuarantine(report)
    var result = try await result(.manualPortal, completed(portalWrites: 0))
    let words = result.rotation?.attestations.keys.map(\.rawValue).sorted() ?? []
    result.checks.append(
      RehearsalCheck(
        claim: "the operator added and removed by hand and gave his word for both",
        holds: words == [AttestedFact.published.rawValue, AttestedFact.retired.rawValue],
        evidence: "attested: \(words.joined(separator: ", "))"))
    return result
  }
}
