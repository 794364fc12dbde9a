import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// A tainted key that is gone is not gone back to, and nothing is offered that does not work.
@Suite struct TaintTests {
  /// An emergency at `phase`, and somebody took the tainted key out since.
  private func gone(at phase: Phase) async throws -> Stage {
    let stage = Stage(change: Stage.emergency)
    _ = try await stage.rotate(.phase(phase))
    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != stage.live.kid })
    stage.clock.advance(by: .seconds(61))
    return stage
  }

  private func way(_ stage: Stage) throws -> WayBack {
    WayBack.of(try stage.rotation, others: [], sealed: [stage.live.kid], now: stage.clock.now())
  }

  @Test(arguments: [Phase.swapped, .deployed, .verified])
  func `a rollback to it names no flag that would not help, and status knows afterwards`(at phase: Phase) async throws {
    let stage = try await gone(at: phase)
    #expect(try way(stage).possible)
    let before = try stage.rotation
    let report = try await stage.rollback()
    #expect(report.exitCode == 3, "\(brief(report))")
    let said = try #require(report.failure?.summary)
    #expect(said.contains("is never put back: go on with keyturn rotate"), "\(said)")
    #expect(!said.contains("--accept-tainted"), "\(said)")
    #expect(try !way(stage).possible)
    let after = try stage.rotation
    #expect(after.phase == phase && after.rollback == nil && after.waiting == before.waiting)
    #expect(after.revision == before.revision + 1)
    #expect(try await stage.rollback(acceptTainted: true).exitCode == 3)
    #expect(try stage.rotation.revision == after.revision)
  }

  @Test func `while it is listed the flag is named`() async throws {
    let stage = Stage(change: Stage.emergency)
    _ = try await stage.rotate(.phase(.deployed))
    #expect(try await stage.rollback().failure?.summary.contains("--accept-tainted") == true)
  }
}
