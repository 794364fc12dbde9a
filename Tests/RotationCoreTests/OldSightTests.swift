import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

/// A proof may be waited for longer than what was seen before it holds: the removal is judged by what is so after it.
@Suite struct OldSightTests {
  private static let passing = NeighbourTrouble(neighbour: "maskinporten", kind: .serverError, detail: "503")

  /// At the removal, with the fresh token before it late by `troubles`; `change` strikes at the first try for it.
  private func retire(
    _ stage: Stage, troubles: Int = 3, _ change: @escaping @Sendable (Stage) -> Void
  ) async throws -> RunReport {
    stage.clock.advance(by: .seconds(3_600))
    let hasStruck = Mutex(false)
    let plan = CrashPlan { name in
      guard name == "token", stage.ledger.look({ !$0.intents.isEmpty }), !hasStruck.withLock({ $0 }) else { return }
      hasStruck.withLock { $0 = true }
      stage.world.change { $0.tokenTroubles = Array(repeating: Self.passing, count: troubles) }
      change(stage)
    }
    let report = try await stage.rotate(wait: false, crash: plan)
    #expect(hasStruck.withLock { $0 })
    return report
  }

  @Test func `an app that is put back while the proof is waited for keeps its key`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    let report = try await retire(stage) { stage in
      stage.world.change {
        for name in $0.places.keys {
          $0.places[name]?.kid = stage.live.kid
          $0.places[name]?.name = stage.live.publicKey.n
          $0.places[name]?.running = stage.live.kid
        }
      }
    }
    #expect(report.rotation?.phase == .verified && report.exitCode == 4, "\(brief(report))")
    #expect(stage.world.kids.contains(stage.live.kid))
    #expect(stage.world.refusedSigners().isEmpty)
  }

  @Test func `an old process that signs again while the proof is waited for keeps its key`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    let report = try await retire(stage) { stage in
      stage.world.change { for name in $0.places.keys { $0.places[name]?.running = stage.live.kid } }
    }
    #expect(report.rotation?.phase == .verified, "\(brief(report))")
    #expect(stage.world.kids.contains(stage.live.kid))
  }

  @Test func `a window that closes while the proof is waited for is not overstepped`() async throws {
    let stage = Stage { runbook in
      runbook.window = MaintenanceWindow(
        days: MaintenanceWindow.Day.allCases, from: 20 * 60, until: 21 * 60 + 12, timeZone: "UTC")
    }
    stage.clock.set(Date(timeIntervalSince1970: 1_795_377_600))  // 2026-11-22 at 20:00 UTC
    _ = try await stage.rotate(.phase(.verified))
    let report = try await retire(stage) { $0.clock.advance(by: .seconds(480)) }
    #expect(report.waiting.on == .time && report.rotation?.phase == .verified, "\(brief(report))")
    #expect(stage.world.kids.contains(stage.live.kid))
    stage.clock.advance(by: .seconds(82_800))
    #expect(try await stage.rotate(wait: false).rotation?.phase == .retired)
  }

  @Test func `a removal that got no answer is not sent again to an app that was put back`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    stage.clock.advance(by: .seconds(3_600))
    stage.world.change { $0.portalFaults = [.dropBefore] }
    let sends = Mutex(0)
    let plan = CrashPlan { name in
      guard name == "before replace" else { return }
      sends.withLock { $0 += 1 }
      stage.world.change { for name in $0.places.keys { $0.places[name]?.running = stage.live.kid } }
    }
    let report = try await stage.rotate(wait: false, crash: plan)
    #expect(report.rotation?.phase == .verified, "\(brief(report))")
    #expect(sends.withLock { $0 } == 1)
    #expect(stage.world.kids.contains(stage.live.kid))
  }

  @Test func `a pair that somebody set while the proof is waited for is not started`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    let plan = CrashPlan { name in
      guard name == "token" else { return }
      stage.world.change {
        for name in $0.places.keys {
          $0.places[name]?.kid = KeyID("kid-stranger")
          $0.places[name]?.name = "stranger"
        }
      }
    }
    let report = try await stage.rotate(crash: plan)
    #expect(report.exitCode == 4 && report.failure?.code == .conflict, "\(brief(report))")
    #expect(stage.world.refusedSigners().isEmpty)
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.running == stage.live.kid } })
  }

  @Test func `a redirect where a token is asked for ends the proof and is named`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.published))
    let elsewhere = NeighbourTrouble(
      neighbour: "maskinporten", kind: .unusableAnswer, detail: "a redirect to https://elsewhere/")
    stage.world.change { $0.tokenTroubles = [elsewhere] }
    let began = stage.clock.now()
    let report = try await stage.rotate()
    #expect(report.waiting.on == .neighbour && report.rotation?.phase == .published, "\(brief(report))")
    #expect(report.failure?.summary.contains("a redirect to https://elsewhere/") == true, "\(brief(report))")
    #expect(stage.clock.now() < began.addingTimeInterval(1))
    #expect(try await stage.rotate(.phase(.proven)).rotation?.phase == .proven)
  }

  @Test func `a proof waits as long as Retry-After asks`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.published))
    stage.clock.advance(by: .seconds(300))
    stage.world.change {
      $0.tokenTroubles = [
        NeighbourTrouble(neighbour: "maskinporten", kind: .rateLimited, detail: "429", retryAfter: .seconds(77))
      ]
    }
    let began = stage.clock.now()
    #expect(try await stage.rotate(.phase(.proven)).rotation?.phase == .proven)
    let steps = stage.runbook.verification.successes - 1
    let asked = 77 + Double(steps) * (stage.runbook.verification.interval / .seconds(1))
    #expect(stage.clock.now().timeIntervalSince(began) >= asked)
  }
}
