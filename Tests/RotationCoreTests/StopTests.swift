import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// SIGINT, SIGTERM and SIGHUP ask for a stop: the effect that is out is finished, nothing more is begun, and the next run
/// goes on from there.
@Suite struct StopTests {
  @Test(arguments: ["before replace", "before write", "before deploy", "after write", "token", "beacon", "read portal"])
  func `a stop in the middle of an effect leaves nothing half done, and nothing to do twice`(point: String) async throws
  {
    for back in [false, true] {
      let stage = Stage(targets: ["dotenv:/a/.env", "dotenv:/b/.env"])
      if back { _ = try await stage.rotate(.phase(.verified)) }
      let start = stage.world.look { ($0.replaced, $0.places.mapValues(\.writes)) }
      let stop = StopSignal()
      let plan = CrashPlan { if $0 == point { stop.request() } }
      let engine = stage.engine(crash: plan, stop: stop)
      var options = Engine.RotateOptions()
      options.wait = true
      var report =
        try await back
        ? engine.rollback(stage.rotation, reason: "test", acceptTainted: false) : engine.rotate(options)
      #expect(stop.isRequested && report.exitCode == 4, "\(point): \(brief(report))")
      #expect(report.failure?.code == .stopped, "\(point): \(brief(report))")
      #expect(try stage.ledger.openIntent(of: try stage.rotation.id) == nil, "\(point): an intent is left open")
      report = try await stage.rotate()
      #expect(report.rotation?.phase == (back ? .rolledBack : .retired), "\(point): \(brief(report))")
      let end = stage.world.look { ($0.replaced, $0.places.mapValues(\.writes)) }
      #expect(end.0 - start.0 == (back ? 1 : 2), "\(point): the portal was written \(end.0 - start.0) times")
      for (name, writes) in end.1 { #expect(writes - (start.1[name] ?? 0) == 1, "\(point): \(name)") }
      #expect(stage.world.refusedSigners().isEmpty, "\(point)")
    }
  }
}
