import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// Traces that once broke the law, each with the answer it gets now. Outgoing is the live key, `somebody` acts outside.
@Suite struct HazardTests {
  private func kids(_ stage: Stage) -> [KeyID] { stage.world.kids }

  private func somebody(removes kid: KeyID, at stage: Stage) {
    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != kid })
  }

  private func pass(_ duration: Duration, _ stage: Stage) { stage.clock.advance(by: duration) }

  @Test func `A1 a key removed and listed again before the swap gets a fresh token before any target is written`()
    async throws
  {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    let incoming = try #require(try stage.rotation.incoming)
    pass(.seconds(300), stage)
    somebody(removes: incoming.kid, at: stage)
    pass(.seconds(61), stage)
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(incoming)])
    #expect(try await stage.rotate(.phase(.deployed)).rotation?.phase == .deployed)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `A3 a retirement that got no answer may land during the rollback and locks nobody out`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    pass(.seconds(3_600), stage)
    stage.world.change { $0.portalFaults = [.late, .dead] }
    let stopped = try await stage.rotate()
    #expect(stopped.outcome != .done)
    var report = try await stage.rollback()
    #expect(report.waiting.on == .time, "\(brief(report))")
    #expect(report.waiting.guardName == "settled")
    stage.world.landLateWrite()
    #expect(stage.world.refusedSigners().isEmpty)
    pass(.seconds(121), stage)
    report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(stage.world.refusedSigners().isEmpty)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `A3 a publication that got no answer keeps the key until it has settled`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    stage.world.change { $0.portalFaults = [.late, .dead] }
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    let report = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(report.waiting.on == .time, "\(brief(report))")
    #expect(try stage.ledger.sealedKey(incoming.kid) != nil)
    stage.world.landLateWrite()
    pass(.seconds(121), stage)
    let again = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(again.exitCode == 3, "\(brief(again))")
    #expect(try stage.ledger.sealedKey(incoming.kid) != nil)
    #expect(try await stage.rotate(.phase(.published)).rotation?.phase == .published)
  }

  @Test func `A4 a key that a target holds again is not destroyed when the quarantine ends`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    stage.world.change {
      $0.places["dotenv:/app/.env"]?.kid = KeyID("kid-live")
      $0.places["dotenv:/app/.env"]?.name = "live"
    }
    pass(.seconds(86_400), stage)
    let report = try await stage.rotate()
    #expect(report.exitCode == 5, "\(brief(report))")
    #expect(try stage.ledger.sealedKey(stage.live.kid) != nil)
  }

  @Test func `A2 a rule broken for one target is no licence to break another`() async throws {
    let stage = Stage(targets: ["dotenv:/a/.env", "dotenv:/b/.env"])
    _ = try await stage.rotate(.phase(.swapped))
    stage.world.restart("dotenv:/a/.env")
    stage.world.change { $0.places["dotenv:/a/.env"]?.reloadFails = true }
    _ = try await stage.rollback()
    #expect(try stage.rotation.phase == .restoring)
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.change { state in
      state.places["dotenv:/a/.env"]?.kid = incoming.kid
      state.places["dotenv:/a/.env"]?.name = incoming.publicKey.n
      state.places["dotenv:/a/.env"]?.reloadFails = false
    }
    somebody(removes: stage.live.kid, at: stage)
    pass(.seconds(61), stage)
    let report = try await stage.rotate()
    #expect(report.waiting.on == .person, "\(brief(report))")
    #expect(stage.world.look { $0.places["dotenv:/a/.env"]?.kid } == incoming.kid)
  }

  @Test func `A3 a pair that got no answer may land at the target, so its key is kept until it has settled`()
    async throws
  {
    let stage = Stage(settlesAtOnce: false)
    _ = try await stage.rotate(.phase(.proven))
    pass(.seconds(300), stage)
    stage.world.change { $0.targetFaults = [.late, .dead] }
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    var report = try await stage.rollback()
    #expect(report.waiting.guardName == "settled", "\(brief(report))")
    stage.world.landLateWrite()
    #expect(try stage.ledger.sealedKey(incoming.kid) != nil)
    pass(.seconds(121), stage)
    report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid } })
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `A4 a key that somebody set in a target before it was published is not abandoned`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.generated))
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.change { state in
      state.places["dotenv:/app/.env"]?.kid = incoming.kid
      state.places["dotenv:/app/.env"]?.name = incoming.publicKey.n
    }
    let report = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(report.exitCode == 4, "\(brief(report))")
    #expect(try stage.ledger.sealedKey(incoming.kid) != nil)
  }

  @Test func `B1 a run killed inside the swap goes back by what the targets hold, not by its phase`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    pass(.seconds(300), stage)
    let crash = CrashPlan(watch: { if $0 == "after write" { throw CrashPlan.Killed() } })
    _ = try? await stage.rotate(crash: crash)
    let rotation = try stage.rotation
    #expect(rotation.phase == .proven)
    let way = WayBack.of(rotation, others: [], sealed: [stage.live.kid], now: stage.clock.now())
    #expect(way.steps.first == .restoreEnvironment)
    #expect(try await stage.rollback().rotation?.phase == .rolledBack)
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid } })
  }

  @Test func `E1 two targets on different kids are refused, naming both`() async throws {
    let stage = Stage(targets: ["dotenv:/a/.env", "dotenv:/b/.env"])
    stage.world.change { state in
      state.places["dotenv:/b/.env"]?.kid = KeyID("kid-other0")
      state.places["dotenv:/b/.env"]?.name = "other0"
    }
    let report = try await stage.rotate()
    #expect(report.exitCode == 3, "\(brief(report))")
    let summary = report.failure?.summary ?? ""
    #expect(summary.contains("kid-live") && summary.contains("kid-other0"), "\(summary)")
    #expect(try stage.ledger.rotations().isEmpty)
  }

  @Test func `A5 an empty key set is refused`() async throws {
    let stage = Stage()
    stage.world.change { $0.keys = [] }
    let report = try await stage.rotate()
    #expect(report.exitCode == 3)
    #expect(report.failure?.summary.contains("shut out callers") == true)
  }

  @Test func `A7 without reload and beacon the operator has to say that the app was started`() async throws {
    let stage = Stage(hasBeacon: false, reloads: false)
    let report = try await stage.rotate()
    #expect(report.exitCode == 5)
    #expect(report.rotation?.phase == .swapped)
    #expect(report.waiting.guardName == "attested(deployed)")
    _ = try Desk(parts: stage.parts()).attest(.deployed, try stage.rotation)
    #expect(try await stage.rotate().rotation?.phase == .retired)
    #expect(try await stage.engine().plan().warnings.contains { $0.contains("attest deployed") })
  }

  @Test func `B2 a retirement whose refusal never came can be rolled back`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    pass(.seconds(3_600), stage)
    var impatient = stage.runbook
    impatient.verification.budget = .seconds(20)
    let report = try await stage.engine(runbook: impatient).rotate(Engine.RotateOptions())
    #expect(report.exitCode == 4, "\(brief(report))")
    #expect(report.rotation?.phase == .verified)
    #expect(try stage.rotation.retireActed != nil)
    var back = try await stage.rollback()
    for _ in 0..<4 where back.rotation?.phase != .rolledBack {
      pass(.seconds(60), stage)
      back = try await stage.rotate()
    }
    #expect(back.rotation?.phase == .rolledBack, "\(brief(back))")
    #expect(stage.world.refusedSigners().isEmpty)
  }

  @Test func `B3 a rollback without room in the portal is not called possible, and waits for a person`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    let others = (1...4).map { PortalKey(PaperKeys.reference("other\($0)")) }
    stage.world.replaceKeys(others + [PortalKey(incoming)])
    let report = try await stage.rollback()
    #expect(report.exitCode == 5, "\(brief(report))")
    #expect(report.waiting.on == .person)
    #expect(report.waiting.reason?.contains("free one place") == true)
    let rotation = try stage.rotation
    #expect(rotation.phase == .retired)
    #expect(!WayBack.of(rotation, others: [], sealed: [stage.live.kid], now: stage.clock.now()).possible)
    stage.world.replaceKeys(Array(others.dropLast()) + [PortalKey(incoming)])
    #expect(try await stage.rollback().rotation?.phase == .rolledBack)
  }

  @Test func `B4 opening a rollback stops the quarantine`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    stage.world.change { $0.portalDead = true }
    _ = try await stage.rollback()
    stage.world.change { $0.portalDead = false }
    #expect(try stage.rotation.phase == .retired)
    let crash = CrashPlan(at: 14)
    _ = try? await stage.rollback(crash: crash)
    #expect(try stage.rotation.rollback != nil)
    pass(.seconds(90_000), stage)
    var report = try await stage.rotate()
    for _ in 0..<3 where report.rotation?.phase != .rolledBack {
      pass(.seconds(121), stage)
      report = try await stage.rotate()
    }
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
  }

  @Test func `B6 a rollback whose outgoing key was revoked goes forward again`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    stage.world.change { $0.places["dotenv:/app/.env"]?.reloadFails = true }
    _ = try await stage.rollback()
    #expect(try stage.rotation.phase == .restoring)
    somebody(removes: stage.live.kid, at: stage)
    pass(.seconds(61), stage)
    stage.world.change { $0.places["dotenv:/app/.env"]?.reloadFails = false }
    let stuck = try await stage.rotate()
    #expect(stuck.waiting.on == .person, "\(brief(stuck))")
    #expect(stuck.waiting.reason?.contains("--forward") == true)
    var options = Engine.RotateOptions()
    options.forward = true
    options.reason = "outgoing key revoked"
    options.wait = true
    let report = try await stage.engine().rotate(options)
    #expect(report.rotation?.phase == .retired || report.rotation?.phase == .verified, "\(brief(report))")
  }

  @Test func `B7 an incoming key that somebody removed is put back first`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.deployed))
    let incoming = try #require(try stage.rotation.incoming)
    somebody(removes: incoming.kid, at: stage)
    #expect(try await stage.rotate(.phase(.verified)).rotation?.phase == .verified)
    #expect(kids(stage).contains(incoming.kid))
    #expect(stage.ledger.outcomes().filter { $0 == "publishKey" }.count == 2)
    let leaves = try stage.ledger.entries(of: stage.rotation.id).map { try JSONValue(parsing: $0.bytes) }
    for event in ["intent", "outcome"] {
      let marks = leaves.filter { $0["event"]?.string == event && $0["step"] == "publishKey" }.map { $0["repair"] }
      #expect(marks == [nil, true], "\(event)")
      #expect(leaves.count { $0["event"]?.string == event && $0["repair"] != nil } == 1, "\(event)")
    }
  }

  @Test func `A3 a late upload of a key that was destroyed is named as a stray, by its kid`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    let incoming = try #require(try stage.rotation.incoming)
    let late = stage.world.look(\.keys)
    _ = try await stage.rollback()
    #expect(try await stage.engine().plan().warnings.allSatisfy { !$0.contains(incoming.kid.rawValue) })
    stage.world.replaceKeys(late)
    let strays = try await stage.engine().plan().warnings.filter { $0.contains("private half is destroyed") }
    #expect(strays.count == 1 && strays[0].contains("kid \(incoming.kid),"), "\(strays)")
    let set = PortalKeySet(keys: late)
    #expect(try stage.ledger.strays(in: set, of: stage.runbook) == [incoming.kid])
    #expect(try stage.ledger.strays(in: set, of: stage.runbook, inUse: [incoming.kid]).isEmpty)
  }

  @Test func `B9 a manual page that replaced the whole set is noticed by the outgoing key's refusal`() async throws {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.replaceKeys([PortalKey(incoming)])
    pass(.seconds(61), stage)
    _ = try Desk(parts: stage.parts()).attest(.published, try stage.rotation)
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .generated, "\(brief(report))")
    #expect(report.outcome == .midway || report.waiting.on == .person, "\(brief(report))")
  }

  @Test func `a word that the key is listed holds back an abandon until its removal is forgotten`() async throws {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    let desk = Desk(parts: stage.parts())
    _ = try desk.attest(.published, try stage.rotation)
    let early = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(early.exitCode == 5 && early.waiting.on == .person, "\(brief(early))")
    pass(.seconds(1), stage)
    _ = try Desk(parts: stage.parts()).attest(.withdrawn, try stage.rotation)
    let soon = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(soon.waiting.on == .time, "\(brief(soon))")
    #expect(try stage.ledger.sealedKey(incoming.kid) != nil)
    pass(.seconds(900), stage)
    let report = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(report.rotation?.phase == .abandoned, "\(brief(report))")
  }

  @Test func `a key added by hand and not attested is not abandoned`() async throws {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(incoming)])
    pass(.seconds(61), stage)
    let report = try await stage.engine().abandon(try stage.rotation, reason: "test")
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(try stage.ledger.sealedKey(incoming.kid) != nil)
  }

  @Test func `C1 an emergency whose verification fails can go back while the tainted key is listed`() async throws {
    let stage = Stage(change: Stage.emergency)
    _ = try await stage.rotate(.phase(.proven))
    stage.world.change { $0.readiness = .mock }
    let failed = try await stage.rotate()
    #expect(failed.exitCode == 1, "\(brief(failed))")
    #expect(failed.rotation?.phase == .deployed)
    let refused = try await stage.rollback()
    #expect(refused.exitCode == 3, "\(brief(refused))")
    #expect(try stage.rotation.rollback == nil)
    stage.world.change { $0.readiness = .ready }
    #expect(try await stage.rollback(acceptTainted: true).rotation?.phase == .rolledBack)
  }

  @Test func `C2 an emergency goes on when the outgoing key was revoked first`() async throws {
    let stage = Stage(change: Stage.emergency)
    somebody(removes: stage.live.kid, at: stage)
    pass(.seconds(61), stage)
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .completed || report.rotation?.phase == .retired, "\(brief(report))")
    #expect(stage.world.refusedSigners().isEmpty)
  }

  @Test func `D1 only the last rotation can be rolled back`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    let first = try stage.rotation
    pass(.seconds(1), stage)
    var options = Engine.RotateOptions()
    options.new = true
    options.wait = true
    let second = try await stage.engine().rotate(options)
    #expect(second.rotation?.phase == .retired, "\(brief(second))")
    let report = try await stage.engine().rollback(first, reason: "test", acceptTainted: false)
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(report.failure?.summary.contains(try stage.rotation.id.rawValue) == true)
  }

  @Test func `D3 a run that completed a rotation opens none, and one rolled back does not begin again by itself`()
    async throws
  {
    let stage = Stage()
    _ = try await stage.rotate()
    pass(.seconds(86_400), stage)
    #expect(try await stage.rotate().rotation?.phase == .completed)
    #expect(try stage.ledger.rotations().count == 1)
    pass(.seconds(1), stage)
    let again = try await stage.rotate(.phase(.proven))
    #expect(again.rotation?.phase == .proven)
    #expect(try stage.ledger.rotations().count == 2)
    #expect(try await stage.rollback().exitCode == 6)
    #expect(try await stage.rotate().exitCode == 3)
  }

  @Test func `D4 the outgoing key is destroyed without the runbook`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    pass(.seconds(86_400), stage)
    try stage.ledger.claim()
    let report = try await Engine.completeOverdue(stage.parts(), engine: nil)
    #expect(report?.rotation?.phase == .completed)
  }

  @Test func `E5 a kid that stood for another key is refused`() async throws {
    let stage = Stage { $0.key.kidPattern = "fixed" }
    _ = try await stage.rotate(.phase(.generated))
    _ = try await stage.engine().abandon(try stage.rotation, reason: "test")
    var options = Engine.RotateOptions()
    options.new = true
    let report = try await stage.engine().rotate(options)
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(report.failure?.summary.contains("another public key") == true)
  }

  @Test func `E7 with both keys dead the run waits for a person by name`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    stage.world.change { $0.places["dotenv:/app/.env"]?.reloadFails = true }
    _ = try await stage.rollback()
    let incoming = try #require(try stage.rotation.incoming)
    somebody(removes: stage.live.kid, at: stage)
    somebody(removes: incoming.kid, at: stage)
    pass(.seconds(61), stage)
    let report = try await stage.rotate()
    #expect(report.waiting.on == .person, "\(brief(report))")
  }

  @Test
  func `a rollback whose outgoing key dies before any target was touched says so, and does not go round for ever`()
    async throws
  {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    #expect(try stage.rotation.rollback != nil)
    stage.world.change { $0.expired.insert(stage.live.kid) }
    var entries = 0
    for _ in 0..<3 {
      let report = try await stage.rotate()
      #expect(report.outcome == .failed || report.outcome == .midway, "\(brief(report))")
      entries = try stage.ledger.entryCount()
    }
    #expect(entries < 60)
  }

  @Test func `a key that was put back a moment ago is restored when every node knows it`() async throws {
    let stage = Stage(asksFirstNode: true)
    _ = try await stage.rotate()
    pass(.seconds(61), stage)
    let began = stage.clock.now()
    #expect(try await stage.rollback().rotation?.phase == .rolledBack)
    #expect(stage.clock.now() >= began + stage.runbook.timing.propagation)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `C1 a tainted key that was removed already is not gone back to, and the rotation goes on`() async throws {
    let stage = Stage(change: Stage.emergency)
    stage.world.change { $0.portalFaults = [] }
    var impatient = stage.runbook
    impatient.verification.budget = .seconds(20)
    _ = try await stage.rotate(.phase(.verified))
    let report = try await stage.engine(runbook: impatient).rotate(Engine.RotateOptions())
    #expect(report.exitCode == 4, "\(brief(report))")
    let refused = try await stage.rollback(acceptTainted: true)
    #expect(refused.exitCode == 3, "\(brief(refused))")
    #expect(try stage.rotation.rollback == nil)
    pass(.seconds(61), stage)
    #expect(try await stage.rotate().rotation?.phase == .completed)
  }

  @Test func `a rollback without the incoming private half still withdraws the public one`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    let incoming = try #require(try stage.rotation.incoming)
    stage.ledger.change { $0.keys[incoming.kid] = nil }
    #expect(try await stage.rollback().rotation?.phase == .rolledBack)
    #expect(!kids(stage).contains(incoming.kid))
  }

  @Test func `A3 a removal that was sent twice may land once more, so another write still waits`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    pass(.seconds(3_600), stage)
    stage.world.change { $0.portalFaults = [.late, .dead] }
    _ = try await stage.rotate()
    var impatient = stage.runbook
    impatient.verification.budget = .seconds(10)
    for _ in 0..<2 {
      let again = try await stage.engine(runbook: impatient).rotate(Engine.RotateOptions())
      #expect(again.exitCode == 4, "\(brief(again))")
    }
    var report = try await stage.rollback()
    #expect(report.waiting.guardName == "settled", "\(brief(report))")
    stage.world.landLateWrite()
    pass(.seconds(121), stage)
    report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `a key that was revoked after the swap is not started`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.change { $0.expired.insert(incoming.kid) }
    let report = try await stage.rotate()
    #expect(report.exitCode == 1, "\(brief(report))")
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.running == stage.live.kid } })
    #expect(try await stage.rollback().rotation?.phase == .rolledBack)
  }

  @Test func `a rotation that goes forward to retired has its quarantine, whatever was proven before`() async throws {
    let stage = Stage()
    var impatient = stage.runbook
    impatient.verification.budget = .seconds(20)
    _ = try await stage.rotate(.phase(.verified))
    pass(.seconds(3_600), stage)
    #expect(try await stage.engine(runbook: impatient).rotate(Engine.RotateOptions()).exitCode == 4)
    stage.world.change { $0.portalFaults = [.refuse] }
    _ = try await stage.rollback()
    pass(.seconds(61), stage)
    var options = Engine.RotateOptions()
    options.forward = true
    let report = try await stage.engine().rotate(options)
    #expect(report.rotation?.phase == .retired, "\(brief(report))")
    #expect(report.rotation?.quarantineEnds != nil)
  }

  @Test func `an emptied portal refuses a withdrawal before anything is begun`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    stage.world.change { $0.keys = [] }
    _ = try await stage.rollback()
    let events = stage.ledger.events()
    #expect(events.last == "refused" || !events.suffix(2).contains("intent"), "\(events.suffix(4))")
    #expect(try stage.ledger.openIntent(of: try stage.rotation.id) == nil)
  }

  @Test func `a key listed by hand without a word is used after the propagation time`() async throws {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(incoming)])
    pass(.seconds(61), stage)
    let report = try await stage.rotate(wait: false)
    #expect(report.rotation?.phase == .proven, "\(brief(report))")
    #expect(report.waiting.guardName == "propagationElapsed", "\(brief(report))")
  }

  private func rotate(_ stage: Stage, _ change: (inout Engine.RotateOptions) -> Void) async throws -> RunReport {
    var options = Engine.RotateOptions()
    options.wait = true
    options.reason = "test"
    change(&options)
    return try await stage.engine().rotate(options)
  }

  private func put(_ name: String, at stage: Stage) {
    stage.world.change {
      $0.places["dotenv:/app/.env"]?.kid = KeyID("kid-\(name)")
      $0.places["dotenv:/app/.env"]?.name = name
    }
  }

  @Test func `a foreign pair is taken as the truth only if it is accepted, and is sealed then`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    put("stranger", at: stage)
    let conflict = try await stage.rotate()
    #expect(conflict.exitCode == 4, "\(brief(conflict))")
    #expect(conflict.waiting.on == .person)
    let refused = try await rotate(stage) { $0.acceptForeign = true }
    #expect(refused.exitCode == 3, "\(brief(refused))")
    #expect(try stage.rotation.phase == .swapped)

    put("other0", at: stage)
    let accepted = try await rotate(stage) { $0.acceptForeign = true }
    #expect(accepted.exitCode == 5, "\(brief(accepted))")
    #expect(accepted.rotation?.phase == .proven)
    #expect(try stage.ledger.sealedKey(KeyID("kid-other0")) != nil)
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `setting ours again where nothing differs is refused and changes nothing`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.verified))
    let before = try stage.rotation
    let report = try await rotate(stage) { $0.reassert = true }
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(try stage.rotation == before)
    put("stranger", at: stage)
    #expect(try await rotate(stage) { $0.reassert = true }.rotation?.phase == .retired)
  }

  @Test func `another resolved client under the same bytes is refused by name`() async throws {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.proven))
    var other = stage.runbook
    other.maskinporten.clientID = ClientID("another")
    let report = try await stage.engine(runbook: other).rotate(Engine.RotateOptions())
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(report.failure?.summary.contains("client (sha256:") == true, "\(brief(report))")
    #expect(try stage.ledger.rotations().count == 1)
  }
}
