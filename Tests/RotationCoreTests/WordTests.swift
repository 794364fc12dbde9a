import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// What people may put on record: what some step asks for, now or later. The rest is refused, and changes nothing.
@Suite struct WordTests {
  private func attest(_ fact: AttestedFact, _ stage: Stage) throws -> RunReport {
    try Desk(parts: stage.parts()).attest(fact, stage.rotation)
  }

  /// Refused, with what is waited for, and nothing but the refusal is on record.
  private func expectRefused(
    _ report: RunReport, _ words: String, naming hint: String, before: Rotation, _ stage: Stage
  ) throws {
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(report.failure?.summary.contains(words) == true, "\(brief(report))")
    #expect(report.failure?.remedy.first?.contains(hint) == true, "\(report.failure?.remedy ?? [])")
    #expect(try stage.rotation == before)
    #expect(stage.ledger.events().last == "refused")
  }

  @Test(arguments: [
    (Phase.generated, AttestedFact.withdrawn, "there is nothing to withdraw"),
    (.published, .withdrawn, "no rollback is open"), (.proven, .withdrawn, "no rollback is open"),
    (.deployed, .deployed, "cannot be attested in phase deployed: it is asked for in swapped, restoring"),
    (.verified, .verified, "cannot be attested in phase verified"),
  ])
  func `a word that no step will ask for is refused`(at phase: Phase, fact: AttestedFact, words: String) async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(phase))
    let before = try stage.rotation
    try expectRefused(
      try attest(fact, stage), words,
      naming: "nothing is waited for: keyturn rotate goes on from phase \(phase.rawValue)", before: before, stage)
  }

  @Test func `what is waited for instead is named`() async throws {
    let stage = Stage(hasBeacon: false, reloads: false)
    _ = try await stage.rotate()
    let before = try stage.rotation
    try expectRefused(
      try attest(.retired, stage), "cannot be attested in phase swapped", naming: "start what runs on", before: before,
      stage)
    #expect(try attest(.deployed, stage).exitCode == 0)
  }

  @Test func `nobody puts a tainted key back, or lists a key that a rollback takes out`() async throws {
    let tainted = Stage(change: Stage.emergency)
    _ = try await tainted.rotate(.phase(.proven))
    #expect(try attest(.republished, tainted).failure?.summary.contains("is tainted and is never put back") == true)
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    #expect(try attest(.published, stage).failure?.summary.hasPrefix("a rollback is open") == true)
    #expect(try attest(.withdrawn, stage).exitCode == 0)
  }

  @Test func `an approval is given ahead, and refused where it is not asked for or too late`() async throws {
    let stage = Stage { $0.approvals = .init(swap: 1, retire: 0) }
    _ = try await stage.rotate(.phase(.published))
    func approve(_ step: ApprovedStep) throws -> RunReport {
      try Desk(parts: stage.parts("ola")).approve(step, stage.rotation, reason: "read the plan")
    }
    let before = try stage.rotation
    try expectRefused(
      try approve(.retire), "asks for no approval of the retire", naming: "nothing is waited for", before: before, stage
    )
    #expect(try approve(.swap).exitCode == 0)
    _ = try await stage.rotate(.phase(.swapped))
    let swapped = try stage.rotation
    try expectRefused(
      try Desk(parts: stage.parts("per")).approve(.swap, stage.rotation, reason: "late"), "is done (phase swapped)",
      naming: "nothing is waited for", before: swapped, stage)
  }
}
