import Foundation
import RotationTestSupport
import Testing

@testable import RotationCore

/// What somebody else put in the portal or in a target: it is told as a conflict, and every way on that is named works.
@Suite struct ConflictTests {
  private func rotate(_ stage: Stage, _ change: (inout Engine.RotateOptions) -> Void) async throws -> RunReport {
    var options = Engine.RotateOptions()
    options.wait = true
    options.reason = "test"
    change(&options)
    return try await stage.engine().rotate(options)
  }

  private func remove(_ kid: KeyID, at stage: Stage) {
    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != kid })
  }

  /// Somebody puts another public key under `key`'s kid.
  private func replace(_ key: KeyReference, at stage: Stage) {
    remove(key.kid, at: stage)
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(PaperKeys.reference("impostor", kid: key.kid))])
  }

  private func lists(_ key: KeyReference, _ stage: Stage) -> Bool {
    stage.world.look { $0.keys.contains { $0.isSame(as: key) } }
  }

  @Test(arguments: [Phase.published, .proven, .swapped, .deployed, .verified], [true, false])
  func `another key under a kid of ours is a conflict, and reassert puts ours back alone`(
    at phase: Phase, isOutgoing: Bool
  ) async throws {
    let stage = Stage()
    let other = PortalKey(
      members: PortalKey(PaperKeys.reference("other0")).members.merging(["x5c": ["cert"], "exp": 4_000_000_000]) { $1 })
    stage.world.change { $0.keys[0] = other }
    _ = try await stage.rotate(.phase(phase))
    let key = isOutgoing ? stage.live : try #require(try stage.rotation.incoming)
    replace(key, at: stage)
    // A start and a probe need the incoming key alone.
    let report = try await stage.rotate()
    #expect(report.exitCode == 4 && report.failure?.code == .conflict, "\(brief(report))")
    #expect(report.failure?.remedy.first == Failure.reassert)
    let refused = try await rotate(stage) { $0.acceptForeign = true }
    #expect(refused.exitCode == 3 && refused.failure?.summary.contains("a kid stands for one key") == true)
    #expect(!lists(key, stage))

    let back = try await rotate(stage) { $0.reassert = true }
    #expect(back.rotation?.phase == .retired, "\(brief(back))")
    #expect(stage.world.look { $0.keys.contains(other) && $0.keys.count == 2 })
    let leaf = stage.ledger.look { $0.leaves.last { $0.value["replaced"] != nil } }
    #expect(leaf?.value["replaced"] == [.string(key.kid.rawValue)])
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test(arguments: [Phase.published, .deployed], [true, false])
  func `nodes that lag behind our put-back are waited for`(at phase: Phase, isKilled: Bool) async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(phase))
    replace(try #require(try stage.rotation.incoming), at: stage)
    stage.clock.advance(by: .seconds(301))
    var options = Engine.RotateOptions()
    options.reassert = true
    if isKilled { _ = try? await stage.engine(crash: CrashPlan(named: "after replace")).rotate(options) }
    let report = try await rotate(stage) {
      $0.reassert = !isKilled
      $0.goal = .phase(phase == .published ? .proven : .verified)
    }
    #expect(report.exitCode == 0, "\(brief(report))")
  }

  @Test func `a wrong signature that no put-back of ours explains ends the proof at once`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.published))
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.change { state in
      state.knownFrom[incoming.kid] = .distantFuture
      state.mistakenUntil[incoming.kid] = .distantFuture
    }
    #expect(try await stage.rotate().exitCode == 1)
    var rotation = try stage.rotation
    let refusal = try #require(rotation.lastRefusal[incoming.kid])
    rotation.replacedSince = [incoming.kid: refusal.at - .seconds(299)]
    #expect(rotation.mayPass(refusal))
    rotation.replacedSince = [incoming.kid: refusal.at - .seconds(300)]
    #expect(!rotation.mayPass(refusal))
  }

  @Test func `what stands under our kid and is removed by hand is listed again by rotate`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    let incoming = try #require(try stage.rotation.incoming)
    replace(incoming, at: stage)
    let report = try await stage.rotate()
    #expect(report.failure?.remedy.last?.hasPrefix("remove what the portal lists under kid \(incoming.kid)") == true)
    remove(incoming.kid, at: stage)
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `in a full portal ours takes the place of what stands under its kid`() async throws {
    let stage = Stage(others: 3)
    _ = try await stage.rotate(.phase(.proven))
    replace(try #require(try stage.rotation.incoming), at: stage)
    let report = try await rotate(stage) { $0.reassert = true }
    #expect(report.rotation?.phase == .retired, "\(brief(report))")
  }

  @Test func `before the publication a taken kid is freed by hand, or the rotation is dropped`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    let incoming = try #require(try stage.rotation.incoming)
    replace(incoming, at: stage)
    let report = try await stage.rotate()
    #expect(report.exitCode == 4 && report.failure?.remedy.contains(Failure.reassert) == false, "\(brief(report))")
    #expect(report.failure?.remedy.last?.hasPrefix("keyturn abandon") == true)
    let refused = try await rotate(stage) { $0.reassert = true }
    #expect(refused.exitCode == 3 && refused.failure?.remedy == report.failure?.remedy, "\(brief(refused))")
    #expect(try await stage.engine().abandon(try stage.rotation, reason: "test").rotation?.phase == .abandoned)
  }

  @Test func `a tainted key is not put back in the place of another one`() async throws {
    let stage = Stage { $0.emergency = true }
    _ = try await stage.rotate(.phase(.proven))
    replace(stage.live, at: stage)
    let report = try await stage.rotate()
    #expect(report.exitCode == 4 && report.failure?.remedy.count == 1, "\(brief(report))")
    #expect(try await rotate(stage) { $0.reassert = true }.exitCode == 3)
    remove(stage.live.kid, at: stage)
    #expect(try await stage.rotate().rotation?.phase == .completed)
  }

  @Test func `a rollback puts the outgoing key back in the place of another one`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    replace(stage.live, at: stage)
    let report = try await stage.rotate()
    #expect(report.exitCode == 4 && report.failure?.remedy.first == Failure.reassert, "\(brief(report))")
    let back = try await rotate(stage) { $0.reassert = true }
    #expect(back.rotation?.phase == .rolledBack, "\(brief(back))")
  }

  @Test func `a rollback over a pair that somebody set goes back in one run`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    stage.world.change {
      $0.places["dotenv:/app/.env"]?.kid = KeyID("kid-stranger")
      $0.places["dotenv:/app/.env"]?.name = "stranger"
    }
    let report = try await stage.rollback()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(stage.world.look { $0.places["dotenv:/app/.env"]?.running } == stage.live.kid)
  }

  @Test func `a rollback to a key in whose place another one is listed puts it back first`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    replace(stage.live, at: stage)
    stage.clock.advance(by: .seconds(301))
    let report = try await stage.rollback()
    #expect(report.rotation?.phase == .republishing && report.exitCode == 4, "\(brief(report))")
    #expect(report.failure?.remedy.first == Failure.reassert)
    let back = try await rotate(stage) { $0.reassert = true }
    #expect(back.rotation?.phase == .rolledBack, "\(brief(back))")
  }

  @Test func `a run that died before ours was put back asks again, and puts it back once`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    let incoming = try #require(try stage.rotation.incoming)
    replace(incoming, at: stage)
    var options = Engine.RotateOptions()
    options.reassert = true
    _ = try? await stage.engine(crash: CrashPlan(named: "before replace")).rotate(options)
    #expect(!lists(incoming, stage))
    #expect(try await stage.rotate().exitCode == 4)
    let writes = stage.world.look(\.replaced)
    let report = try await rotate(stage) {
      $0.reassert = true
      $0.goal = .phase(.deployed)
    }
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
    #expect(stage.world.look(\.replaced) == writes + 1)
  }

  @Test(arguments: [Runbook.OnFailure.hold, .rollback], ["other0", nil])
  func `a target that somebody sets between the look and the write is a conflict`(
    _ onFailure: Runbook.OnFailure, _ name: String?
  ) async throws {
    let stage = Stage { $0.onFailure = onFailure }
    _ = try await stage.rotate(.phase(.proven))
    stage.clock.advance(by: .seconds(300))
    let world = stage.world
    let crash = CrashPlan(watch: { point in
      guard point == "before write" else { return }
      world.change { state in
        state.places["dotenv:/app/.env"]?.kid = name.map { KeyID("kid-\($0)") }
        state.places["dotenv:/app/.env"]?.name = name
      }
    })
    let report = try await stage.rotate(crash: crash)
    #expect(report.exitCode == 4 && report.failure?.code == .conflict, "\(brief(report))")
    #expect(try stage.rotation.rollback == nil)
    #expect(stage.world.look { $0.places["dotenv:/app/.env"]?.name } == name)
    if name != nil { #expect(try await rotate(stage) { $0.acceptForeign = true }.exitCode == 5) }
    #expect(try await rotate(stage) { $0.reassert = name == nil }.rotation?.phase == .retired)
  }

  @Test(arguments: [0.0, 200]) func `a reassert before the swap that is killed in its write is waited for`(
    after seconds: Double
  ) async throws {
    let stage = Stage(settlesAtOnce: false)
    _ = try await stage.rotate(.phase(.proven))
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.change {
      $0.places["dotenv:/app/.env"]?.kid = incoming.kid
      $0.places["dotenv:/app/.env"]?.name = incoming.publicKey.n
    }
    var options = Engine.RotateOptions()
    options.reassert = true
    stage.clock.advance(by: .seconds(301))
    _ = try? await stage.engine(crash: CrashPlan(named: "before write")).rotate(options)
    // Nobody knows when it was sent.
    stage.clock.advance(by: .seconds(seconds))
    let held = try await stage.rotate(wait: false)
    #expect(
      held.rotation?.phase == .proven
        && held.rotation?.verdicts.contains { $0.guardName == "settled" && !$0.holds } == true, "\(brief(held))")
  }
}
