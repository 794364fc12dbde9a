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

  @Test func `a rollback before the swap whose outgoing key has died goes forward`() async throws {
    let stage = Stage { runbook in
      Stage.emergency(&runbook)
      runbook.verification.interval = .seconds(10)
      runbook.verification.budget = .seconds(10)
    }
    _ = try await stage.rotate(.phase(.published))
    let incoming = try #require(try stage.rotation.incoming)
    // The rollback takes the incoming key out, and ends before every node has forgotten it.
    #expect(try await stage.rollback().rotation?.phase == .published)
    #expect(!stage.world.kids.contains(incoming.kid))
    stage.clock.advance(by: .seconds(600))
    stage.world.change {
      _ = $0.expired.insert(stage.live.kid)
      for name in $0.places.keys {
        $0.places[name]?.kid = incoming.kid
        $0.places[name]?.name = incoming.publicKey.n
      }
    }
    let stuck = try await stage.rotate()
    let words = (stuck.failure?.summary ?? "") + (stuck.waiting.reason ?? "")
    #expect(words.contains("go on with keyturn rotate --forward --reason TEXT"), "\(brief(stuck))")
    var options = Engine.RotateOptions()
    options.wait = true
    options.forward = true
    options.reason = "test"
    let forward = try await stage.engine().rotate(options)
    #expect(forward.rotation?.rollback == nil, "\(brief(forward))")
    #expect(stage.world.kids.contains(incoming.kid))
  }
}
