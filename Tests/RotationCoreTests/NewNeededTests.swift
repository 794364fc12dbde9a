import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// When `rotate` opens another rotation by itself, and when only `--new` does.
@Suite struct NewNeededTests {
  private func rotate(_ stage: Stage, new: Bool = false) async throws -> RunReport {
    var options = Engine.RotateOptions()
    options.new = new
    options.goal = .phase(.planned)
    return try await stage.engine().rotate(options)
  }

  @Test func `a client that the portal made a moment ago is refused without --new, by plan and rotate alike`()
    async throws
  {
    let stage = Stage()
    let made = stage.clock.now()
    stage.world.change { $0.created = made.iso8601 }
    stage.clock.advance(by: .seconds(3_600))
    let plan = try await stage.engine().plan()
    let report = try await rotate(stage)
    #expect(report.exitCode == 3 && report.rotation == nil, "\(brief(report))")
    let summary = try #require(report.failure?.summary)
    #expect(summary.contains("was made at \(made.iso8601)") && summary.contains("key.min_age"))
    #expect(report.failure?.remedy == ["open one all the same with keyturn rotate runbook.yaml --new"])
    #expect(plan.ready && plan.warnings.contains { $0.contains("was made at \(made.iso8601)") && $0.contains("--new") })
    #expect(try stage.ledger.rotations().isEmpty)
    #expect(try await rotate(stage, new: true).rotation?.phase == .planned)
  }

  @Test func `a client that the portal made long ago, or at no known time, is rotated`() async throws {
    let now = Stage().clock.now()
    for created in [nil, "soon", now.addingTimeInterval(-86_400).iso8601] {
      let stage = Stage()
      stage.world.change { $0.created = created }
      #expect(try await rotate(stage).rotation?.phase == .planned, "\(created ?? "-")")
    }
  }

  @Test func `the last rotation's key counts from retired, whatever the portal says, and plan tells the same hour`()
    async throws
  {
    let stage = Stage()
    _ = try await stage.rotate()
    let retired = try #require(try stage.rotation.retiredAt)
    let (last, hour) = (try stage.rotation.id, (retired + stage.runbook.key.minAge).iso8601)
    stage.clock.set(retired.addingTimeInterval(86_399))
    let plan = try await stage.engine().plan()
    #expect(plan.warnings.contains { $0.contains("until \(hour)") && $0.contains("answers with \(last)") })
    let report = try await rotate(stage)
    #expect(report.exitCode == 0 && report.rotation?.id == last, "\(brief(report))")
    let young = NewNeeded.of(
      stage.runbook, rotations: try stage.ledger.rotations(), portal: nil, now: stage.clock.now())
    #expect(young?.words.contains("until \(hour)") == true)
    let old = NewNeeded.of(
      stage.runbook, rotations: try stage.ledger.rotations(),
      portal: PortalKeySet(keys: [], created: stage.clock.now().iso8601), now: retired + stage.runbook.key.minAge)
    #expect(old == nil)
  }

  @Test(arguments: ["2026-11-22T19:00:00Z", "2026-11-22T20:00:00.000+01:00", "1795374000000"])
  func `the portal's created is read in the shapes that are known`(text: String) {
    #expect(PortalKeySet(keys: [], created: text).createdAt == Date(timeIntervalSince1970: 1_795_374_000))
  }
}
