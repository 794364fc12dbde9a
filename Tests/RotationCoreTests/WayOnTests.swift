import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// Whatever somebody changes, a command leads on or somebody is named: traces that the explorer found, and the rest of
/// the known hazards.
@Suite struct WayOnTests {
  private func set(_ key: KeyReference, at stage: Stage) {
    stage.world.change { state in
      state.places["dotenv:/app/.env"]?.kid = key.kid
      state.places["dotenv:/app/.env"]?.name = key.publicKey.n
    }
  }

  private func remove(_ kid: KeyID, at stage: Stage) {
    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != kid })
  }

  private func list(_ key: KeyReference, at stage: Stage) {
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(key)])
  }

  private func attest(_ fact: AttestedFact, _ stage: Stage) throws {
    _ = try Desk(parts: stage.parts()).attest(fact, try stage.rotation)
  }

  @Test(arguments: [Phase.proven, .deployed])
  func `a target set to the incoming pair while a rollback is open is restored again`(from phase: Phase) async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(phase))
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    #expect(try stage.rotation.phase == (phase == .proven ? .proven : .restored))
    set(try #require(try stage.rotation.incoming), at: stage)
    stage.world.restart("dotenv:/app/.env")
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(
      stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid && $0.running == stage.live.kid } })
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `half a pair set by hand while a rollback is open is a conflict, and reassert sets ours`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.deployed))
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    stage.world.change { $0.places["dotenv:/app/.env"]?.name = nil }
    #expect(try await stage.rotate().exitCode == 4)
    var options = Engine.RotateOptions()
    options.reassert = true
    let report = try await stage.engine().rotate(options)
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
  }

  @Test func `before the publication there is no way back while a target is seen on the incoming pair`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    func way() throws -> WayBack {
      WayBack.of(try stage.rotation, others: [], sealed: [stage.live.kid], now: stage.clock.now())
    }
    #expect(try way().possible)
    set(try #require(try stage.rotation.incoming), at: stage)
    #expect(try await stage.engine().abandon(try stage.rotation, reason: "test").exitCode == 4)
    #expect(try !way().possible && way().steps == [.abandon])
    var options = Engine.RotateOptions()
    options.reassert = true
    options.goal = .phase(.generated)
    _ = try await stage.engine().rotate(options)
    #expect(try way().possible)
    #expect(try await stage.engine().abandon(try stage.rotation, reason: "test").rotation?.phase == .abandoned)
  }

  @Test func `an emptied portal names who lists which key again`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    stage.world.change { $0.keys = [] }
    let report = try await stage.rotate()
    #expect(report.exitCode == 5, "\(brief(report))")
    #expect(report.waiting.reason?.contains("lists kid kid-live there again") == true, "\(brief(report))")
  }

  @Test func `a lost private half names the command that hands it over`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    let incoming = try #require(try stage.rotation.incoming)
    stage.ledger.change { $0.keys[incoming.kid] = nil }
    let report = try await stage.rotate()
    #expect(report.exitCode == 5, "\(brief(report))")
    #expect(report.waiting.reason?.contains("keyturn keys adopt --kid \(incoming.kid)") == true, "\(brief(report))")
  }

  @Test func `B3 an open rollback looks at the portal again once somebody made room`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    #expect(try stage.rotation.phase == .republishing)
    let free = stage.world.look(\.keys)
    let others = (free.count..<5).map { PortalKey(PaperKeys.reference("more\($0)")) }
    stage.world.replaceKeys(free + others)
    #expect(try await stage.rotate().exitCode == 5)
    #expect(try await stage.rotate().waiting.reason?.contains("free one place") == true)
    stage.world.replaceKeys(free)
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
  }

  @Test func `in an emergency too, what was put back a moment ago is started when every node knows it`() async throws {
    let stage = Stage(asksFirstNode: true, change: Stage.emergency)
    _ = try await stage.rotate(.phase(.swapped))
    remove(try #require(try stage.rotation.incoming).kid, at: stage)
    stage.clock.advance(by: .seconds(61))
    let report = try await stage.rotate(.phase(.deployed))
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test(arguments: ["before replace", "after replace"])
  func `an emergency that died around its removal goes back while the tainted key is still listed`(
    point: String
  ) async throws {
    let stage = Stage(change: Stage.emergency)
    _ = try await stage.rotate(.phase(.verified))
    let crash = CrashPlan(named: point)
    _ = try? await stage.rotate(crash: crash)
    let rotation = try stage.rotation
    let way = WayBack.of(
      rotation, openIntent: try stage.ledger.openIntent(of: rotation.id), others: [], sealed: [stage.live.kid],
      now: stage.clock.now())
    #expect(!way.possible && way.evidence.contains("--accept-tainted"))
    let back = try await stage.rollback(acceptTainted: true)
    if point == "after replace" {
      #expect(back.exitCode == 3, "\(brief(back))")
      #expect(try await stage.rotate().rotation?.phase == .completed)
      return
    }
    #expect(back.rotation?.phase == .restoring && back.waiting.guardName == "settled", "\(brief(back))")
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.rotate().rotation?.phase == .rolledBack)
  }

  /// A manual portal, driven to `verified` and beyond the overlap.
  private func verifiedByHand() async throws -> Stage {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    list(try #require(try stage.rotation.incoming), at: stage)
    stage.clock.advance(by: .seconds(61))
    try attest(.published, stage)
    _ = try await stage.rotate()
    #expect(try stage.rotation.phase == .verified)
    stage.clock.advance(by: .seconds(3_600))
    return stage
  }

  @Test func `B9 what a key removed by hand still obtains does not tell that it is listed again`() async throws {
    let stage = try await verifiedByHand()
    remove(stage.live.kid, at: stage)
    try attest(.retired, stage)
    var impatient = stage.runbook
    impatient.verification.budget = .seconds(10)
    #expect(try await stage.engine(runbook: impatient).rotate(Engine.RotateOptions()).exitCode == 4)
    let report = try await stage.rollback()
    #expect(report.waiting.guardName == "removalForgotten", "\(brief(report))")
    #expect(try stage.rotation.phase == .republishing)
    stage.clock.advance(by: .seconds(301))
    #expect(try await stage.rotate().waiting.guardName == "attested(republished)")
    list(stage.live, at: stage)
    stage.clock.advance(by: .seconds(61))
    try attest(.republished, stage)
    _ = try await stage.rotate()
    #expect(try stage.rotation.phase == .restored)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `a word that tokens contradict is asked for again`() async throws {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    try attest(.published, stage)
    stage.clock.advance(by: .seconds(301))
    let report = try await stage.rotate()
    #expect(report.waiting.guardName == "attested(published)", "\(brief(report))")
    #expect(try stage.rotation.attestations[.published] == nil)
  }

  @Test func `without its private half a key is withdrawn by hand on somebody's word alone`() async throws {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    list(incoming, at: stage)
    stage.clock.advance(by: .seconds(61))
    try attest(.published, stage)
    _ = try await stage.rotate(.phase(.proven))
    stage.ledger.change { $0.keys[incoming.kid] = nil }
    #expect(try await stage.rollback().waiting.guardName == "attested(withdrawn)")
    remove(incoming.kid, at: stage)
    try attest(.withdrawn, stage)
    #expect(try await stage.rotate().rotation?.phase == .rolledBack)
  }

  @Test func `a word about what runs ends with the next write`() async throws {
    let stage = Stage(hasBeacon: false, reloads: false)
    _ = try await stage.rotate()
    #expect(try stage.rotation.phase == .swapped)
    stage.world.restart("dotenv:/app/.env")
    let crash = CrashPlan(watch: { if $0 == "before write" { throw CrashPlan.Killed() } })
    _ = try? await stage.rollback(crash: crash)
    try attest(.deployed, stage)
    let report = try await stage.rotate()
    #expect(report.waiting.guardName == "attested(deployed)", "\(brief(report))")
    #expect(try stage.rotation.phase == .restoring)
  }

  @Test func `a portal that is down does not hold back a restore`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.deployed))
    stage.world.change { $0.portalDead = true }
    let report = try await stage.rollback()
    #expect(report.waiting.on == .neighbour, "\(brief(report))")
    #expect(try stage.rotation.phase == .restored)
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.running == stage.live.kid } })
    stage.world.change { $0.portalDead = false }
    #expect(try await stage.rotate().rotation?.phase == .rolledBack)
  }

  @Test func `a reload that a crash hid, and no beacon tells of, is run again and recorded`() async throws {
    let stage = Stage(hasBeacon: false)
    _ = try await stage.rotate(.phase(.swapped))
    let crash = CrashPlan(watch: { if $0 == "after deploy" { throw CrashPlan.Killed() } })
    _ = try? await stage.rotate(crash: crash)
    #expect(try await stage.rotate(.phase(.deployed)).rotation?.phase == .deployed)
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.deploys == 2 } })
    let leaf = stage.ledger.look { $0.leaves.last { $0.value["step"]?.string == "deployIncoming" } }
    #expect(leaf?.value["repeated"] == ["dotenv:/app/.env"])
  }

  @Test func `so is a reload of the way back`() async throws {
    let stage = Stage(hasBeacon: false)
    _ = try await stage.rotate(.phase(.verified))
    let crash = CrashPlan(watch: { if $0 == "after deploy" { throw CrashPlan.Killed() } })
    _ = try? await stage.rollback(crash: crash)
    #expect(try await stage.rotate().rotation?.phase == .rolledBack)
    let leaf = stage.ledger.look {
      $0.leaves.last { $0.value["step"]?.string == "restoreEnvironment" && $0.value["event"] == "outcome" }
    }
    #expect(leaf?.value["repeated"] == ["dotenv:/app/.env"])
  }

  @Test func `what a crash hid and the beacon tells of is not repeated, and not called so`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    let crash = CrashPlan(watch: { if $0 == "after deploy" { throw CrashPlan.Killed() } })
    _ = try? await stage.rotate(crash: crash)
    #expect(try await stage.rotate(.phase(.deployed)).rotation?.phase == .deployed)
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.deploys == 1 } })
    let leaf = stage.ledger.look { $0.leaves.last { $0.value["step"]?.string == "deployIncoming" } }
    #expect(leaf?.value["found_open"] == true && leaf?.value["repeated"] == nil)
  }

  @Test func `A6 half a pair that somebody's deploy took is rewritten whole before ours`() async throws {
    let stage = Stage(hasBeacon: false, writesWhole: false)
    _ = try await stage.rotate(.phase(.proven))
    let incoming = try #require(try stage.rotation.incoming)
    stage.clock.advance(by: .seconds(300))
    stage.world.change { $0.targetFaults = [.half, .dead] }
    let stopped = try await stage.rotate()
    #expect(stopped.rotation?.phase == .proven, "\(brief(stopped))")
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.kid == incoming.kid && $0.name == "live" } })
    stage.world.restart("dotenv:/app/.env")
    let report = try await stage.rotate(.phase(.deployed))
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.name == incoming.publicKey.n } })
    #expect(stage.world.look { $0.acts.filter { $0.hasPrefix("deploy") }.count } == 1)
    #expect(try await stage.engine().plan().warnings.contains { $0.contains("cannot take both variables at once") })
  }

  @Test func `A3 a write that somebody did by hand meanwhile may still land, so another one waits`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    stage.world.change { $0.portalFaults = [.late, .dead] }
    _ = try await stage.rotate()
    list(try #require(try stage.rotation.incoming), at: stage)
    #expect(try await stage.rotate(.phase(.published)).rotation?.phase == .published)
    let early = try await stage.rollback()
    #expect(early.waiting.guardName == "settled", "\(brief(early))")
    stage.world.landLateWrite()
    stage.clock.advance(by: .seconds(121))
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
  }

  @Test func `A3 a pair is not set again while one without an answer may land`() async throws {
    let stage = Stage(settlesAtOnce: false)
    _ = try await stage.rotate(.phase(.proven))
    stage.clock.advance(by: .seconds(300))
    stage.world.change { $0.targetFaults = [.late, .dead] }
    _ = try await stage.rotate()
    set(PaperKeys.reference("other0"), at: stage)
    var options = Engine.RotateOptions()
    options.reassert = true
    let report = try await stage.engine().rotate(options)
    #expect(report.waiting.guardName == "settled", "\(brief(report))")
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.name == "other0" } })
  }

  @Test func `a restore that is refused by what was last seen looks at the portal again`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    let others = (0..<5).map { PortalKey(PaperKeys.reference("other\($0)")) }
    stage.world.replaceKeys(others)
    _ = try await stage.rotate()
    let refused = try await stage.rollback()
    #expect(refused.outcome == .refused && refused.rotation?.phase == .restoring, "\(brief(refused))")
    stage.world.replaceKeys(others.dropLast() + [PortalKey(stage.live)])
    stage.clock.advance(by: .seconds(61))
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
  }

  @Test func `two targets are not started with a key that somebody replaced in the portal`() async throws {
    let stage = Stage(targets: ["dotenv:/a/.env", "dotenv:/b/.env"])
    _ = try await stage.rotate(.phase(.swapped))
    let incoming = try #require(try stage.rotation.incoming)
    remove(incoming.kid, at: stage)
    list(PaperKeys.reference("impostor", kid: incoming.kid), at: stage)
    let report = try await stage.rotate()
    #expect(report.exitCode == 4 && report.failure?.code == .conflict, "\(brief(report))")
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.running == stage.live.kid } })
  }

  @Test func `a word about another step does not stand for a portal that is silent`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.change { $0.portalDead = true }
    #expect(try await stage.rotate().exitCode == 69)
    list(incoming, at: stage)
    try attest(.published, stage)
    stage.clock.advance(by: .seconds(61))
    #expect(try await stage.rotate(.phase(.deployed)).rotation?.phase == .deployed)
    try attest(.verified, stage)
    _ = try await stage.rotate(.phase(.verified))
    let report = try await stage.rotate()
    #expect(report.exitCode == 69 && report.rotation?.phase == .verified, "\(brief(report))")
    try attest(.retired, stage)
    stage.clock.advance(by: .seconds(301))
    let asked = try await stage.rotate()
    #expect(asked.waiting.guardName == "attested(retired)", "\(brief(asked))")
    #expect(asked.waiting.reason?.contains("its API cannot be read: no answer") == true, "\(brief(asked))")
    remove(stage.live.kid, at: stage)
    try attest(.retired, stage)
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `a plan begins with the keys that the next run puts back`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    let incoming = try #require(try stage.rotation.incoming)
    let leaves = stage.ledger.look(\.leaves)
    for kid in [incoming.kid, stage.live.kid] { remove(kid, at: stage) }
    let preview = try await stage.engine().preview(stage.rotation)
    #expect(preview.rows.map(\.step) == [.publishKey, .republishKey, .swapEnvironment])
    #expect(preview.rows[0].verdicts.map(\.verdict.holds).contains(false) == false)
    #expect(stage.ledger.look(\.leaves) == leaves)
    list(incoming, at: stage)
    list(stage.live, at: stage)
    let mended = try await stage.engine().preview(stage.rotation)
    #expect(mended.repairs.isEmpty && mended.rows.count == 1)
  }

  @Test func `what a failure is in the log is its JSON`() throws {
    let whole = Failure(.conflict, "what", remedy: ["this", "or that"], cause: "why", traceID: "t", mpCode: "MP-1")
    for failure in [whole, Failure(.refused, "no")] {
      #expect(try failure.leaf == JSONValue(encoding: failure))
    }
  }
}
