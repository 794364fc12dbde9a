internal import Foundation
internal import RotationCore
internal import Simulator

/// The scenarios that go forward to their end.
extension RehearsalStage {
  /// Rotates, sits through the quarantine, and lets a later run destroy the outgoing key.
  func playWhole(_ scenario: RehearsalScenario, portalWrites: Int) async throws -> RehearsalResult {
    try await sitThroughQuarantine(try await rotate())
    return try await result(scenario, completed(portalWrites: portalWrites))
  }

  func playSlowPropagation() async throws -> RehearsalResult {
    var result = try await playWhole(.slowPropagation, portalWrites: 2)
    guard let incoming = result.rotation?.incoming?.kid, let outgoing = result.rotation?.outgoing.kid else {
      return result
    }
    // Of all who asked: while the nodes disagreed Keyturn met both answers, so its proofs were needed.
    let early = world.grantCounts[incoming]?.refused ?? 0
    let late = world.calls.filter { $0.kid == outgoing && $0.route == .token && $0.status == 200 }
      .count { $0.at >= result.retireSent ?? .distantFuture }
    result.checks.append(
      RehearsalCheck(
        claim: "the token servers disagreed while Keyturn proved its keys", holds: early > 0 && late > 0,
        evidence: "the listed incoming key was refused \(early) times, the removed outgoing one accepted \(late) times")
    )
    return result
  }

  func playEmergency() async throws -> RehearsalResult {
    let report = try await rotate()
    var result = try await result(.emergency, completed(portalWrites: 2))
    let took = (report.rotation?.since ?? clock.now()).timeIntervalSince(report.rotation?.openedAt ?? startedAt)
    let overlap = Runbook.Timing().overlap
    result.checks.append(
      RehearsalCheck(
        claim: "nothing waited for an overlap or a quarantine", holds: .seconds(took) < overlap,
        evidence: "\(Int(took)) s from the opening to the destroyed key, where \(overlap.short) of overlap are usual"))
    return result
  }

  /// Five keys: refused, and nothing anywhere is different.
  func playFullPortal() async throws -> RehearsalResult {
    let report = try await rotate()
    var result = try await result(.fullPortal, RehearsalEnding(phase: nil, live: scenario.outgoing, portalWrites: 0))
    let reason = report.failure?.summary ?? "no reason was given"
    result.checks.append(
      RehearsalCheck(
        claim: "the refusal names every key in the portal",
        holds: report.outcome == .refused
          && world.listedKeys(of: client).allSatisfy { reason.contains($0.kid.rawValue) },
        evidence: reason))
    return result
  }

  // MARK: Parts

  /// 30 days pass, with the app at work; then anybody's next run completes what is over.
  func sitThroughQuarantine(_ report: RunReport) async throws {
    guard report.rotation?.phase == .retired, let end = report.rotation?.quarantineEnds else { return }
    try await clock.sleep(until: end)
    _ = try await rotate()
  }

  func completed(portalWrites: Int?) throws -> RehearsalEnding {
    let rotation = try lastRotation()
    return RehearsalEnding(
      phase: .completed, live: rotation?.incoming ?? scenario.outgoing, gone: scenario.outgoing,
      portalWrites: portalWrites)
  }

  func lastRotation() throws -> Rotation? { try read { try $0.rotations().first } }

  /// Lets the last change reach every token server, then judges.
  func result(_ name: RehearsalScenario, _ ending: RehearsalEnding) async throws -> RehearsalResult {
    let took = simulated
    try await clock.advance(by: .seconds(600))
    let rotation = try lastRotation()
    let entries = try rotation.flatMap { rotation in try read { try $0.entries(of: rotation.id) } } ?? []
    return RehearsalResult(
      scenario: name, rotation: rotation, timeline: Timeline(entries.leaves),
      checks: try await checks(ending, rotation: rotation), tokens: world.appGrantCounts, simulated: took)
  }
}

extension RehearsalResult {
  /// When the removal of the outgoing key was sent.
  fileprivate var retireSent: Date? { rotation?.retireActed }
}
