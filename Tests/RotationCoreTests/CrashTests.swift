import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// Killed at every store write and every outside call, before and after the effect, then run again: everything ends as
/// in a run that nobody killed, and nothing was sent twice.
@Suite struct CrashTests {
  /// A path through the law: what is driven with a kill switch, and how it is gone on with afterwards.
  struct Path: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var targets = ["dotenv:/a/.env", "dotenv:/b/.env"]
    var prepare: @Sendable (Stage) async throws -> Void = { _ in }
    var act: @Sendable (Stage, CrashPlan) async throws -> RunReport
    /// The command that the operator gives after the crash.
    var resume: @Sendable (Stage) async throws -> RunReport
    var end: Phase
  }

  struct End: Equatable {
    var phase: Phase
    var portal: [KeyID]
    /// Both halves, each by the name of the key that it belongs to.
    var held: [String: [String?]]
    var running: [String: KeyID?]
    var sealed: Set<KeyID>
    var steps: Set<String>
    /// Kinds of log entries, without what only an interrupted run has to tell.
    var events: Set<String>
  }

  /// What a crash may add to the log: a run that looks before it goes on, waits for what may land, or is told again.
  static let ofCrashes: Set = ["intent_withdrawn", "unanswered", "sent_again", "waiting", "midway", "refused"]

  static let paths = [
    Path(
      testDescription: "happy", act: { try await $0.rotate(crash: $1) }, resume: { try await $0.rotate() },
      end: .retired),
    Path(
      testDescription: "rollback from verified", prepare: { _ = try await $0.rotate(.phase(.verified)) },
      act: { try await $0.rollback(crash: $1) }, resume: { try await $0.rotate() }, end: .rolledBack),
    Path(
      testDescription: "rollback from retired", prepare: { _ = try await $0.rotate() },
      act: { try await $0.rollback(crash: $1) }, resume: { try await $0.rotate() }, end: .rolledBack),
    Path(
      testDescription: "rollback from proven", prepare: { _ = try await $0.rotate(.phase(.proven)) },
      act: { try await $0.rollback(crash: $1) }, resume: { try await $0.rotate() }, end: .rolledBack),
    Path(
      testDescription: "destroy",
      prepare: {
        _ = try await $0.rotate()
        $0.clock.advance(by: .seconds(86_400))
      }, act: { try await $0.rotate(crash: $1) }, resume: { try await $0.rotate() }, end: .completed),
  ]

  @Test(arguments: paths) func `a run killed anywhere ends like one that was not`(path: Path) async throws {
    let clean = Stage(targets: path.targets)
    try await path.prepare(clean)
    let count = CrashPlan()
    _ = try await path.act(clean, count)
    let expected = try end(of: clean)
    let sends = sent(clean)
    #expect(expected.phase == path.end)

    for point in 1...count.count {
      let stage = Stage(targets: path.targets)
      try await path.prepare(stage)
      let crash = CrashPlan(at: point)
      _ = try? await path.act(stage, crash)
      #expect(crash.isDead)
      var report: RunReport?
      for _ in 0..<4 where try stage.ledger.rotations().first?.phase != path.end {
        // A run that died before the rollback was on record is told again to roll back.
        let phase = try stage.ledger.rotations().first
        if path.end == .rolledBack, phase?.rollback == nil {
          report = try await stage.rollback()
        } else {
          report = try await path.resume(stage)
        }
        if let until = report?.waiting.until, until > stage.clock.now() {
          stage.clock.advance(by: .seconds(until.timeIntervalSince(stage.clock.now()) + 1))
        }
      }
      let place =
        "\(path.testDescription), point \(point) of \(count.count): \(crash.name(of: point)); \(report.map(brief) ?? "")"
      #expect(try end(of: stage) == expected, "\(place)")
      #expect(sent(stage) == sends, "\(place)")
      #expect(stage.world.refusedSigners().isEmpty, "\(place)")
    }
    print("crash points survived: \(path.testDescription) \(count.count)")
  }

  @Test(arguments: [(Phase.proven, "swapEnvironment"), (.verified, "retireKey")])
  func `a run killed in the swap or the retirement can be rolled back`(before: Phase, step: String) async throws {
    let targets = ["dotenv:/a/.env", "dotenv:/b/.env"]
    let clean = Stage(targets: targets)
    _ = try await clean.rotate(.phase(before))
    let count = CrashPlan()
    _ = try await clean.rotate(crash: count)
    for point in 1...count.count {
      let stage = Stage(targets: targets)
      _ = try await stage.rotate(.phase(before))
      let incoming = try #require(try stage.rotation.incoming)
      let crash = CrashPlan(at: point)
      _ = try? await stage.rotate(crash: crash)
      let place = "\(step), point \(point) of \(count.count): \(crash.name(of: point))"
      let wasRemoved = !stage.world.kids.contains(stage.live.kid)
      var report = try await stage.rollback()
      for _ in 0..<4 where report.rotation?.phase != .rolledBack {
        #expect(stage.world.refusedSigners().isEmpty, "\(place)")
        #expect(report.waiting.on == .time, "\(place): \(brief(report))")
        if let until = report.waiting.until {
          stage.clock.advance(by: .seconds(until.timeIntervalSince(stage.clock.now()) + 1))
        }
        report = try await stage.rotate()
      }
      #expect(report.rotation?.phase == .rolledBack, "\(place): \(brief(report))")
      #expect(!stage.world.kids.contains(incoming.kid), "\(place)")
      #expect(stage.world.kids.contains(stage.live.kid), "\(place)")
      #expect(
        stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid && $0.running == stage.live.kid } },
        "\(place)")
      #expect(try stage.ledger.sealedKeys().map(\.kid) == [stage.live.kid], "\(place)")
      #expect(try end(of: stage).held.values.allSatisfy { $0 == ["outgoing", "outgoing"] }, "\(place)")
      let known: Set = ["opened", "key_sealed", "intent", "outcome", "key_destroyed", "looked_ahead"]
      #expect(try end(of: stage).events.isSubset(of: known), "\(place)")
      // Added and withdrawn, and removed and put back where the removal had begun; set and set back.
      let sent = sent(stage)
      let due = wasRemoved ? 4 : 2
      #expect(sent[0] == due, "\(place): the portal was written \(sent[0]) times, not \(due)")
      #expect(sent.dropFirst().allSatisfy { $0 <= 2 }, "\(place): targets were written \(sent.dropFirst()) times")
    }
    print("crash points survived: \(step), then rolled back \(count.count)")
  }

  private func end(of stage: Stage) throws -> End {
    let rotation = try stage.rotation
    let live = stage.live.kid
    // Kids are drawn from a counter; a key made again after a crash is the same key by another name.
    func name(_ kid: KeyID?) -> KeyID? {
      kid == rotation.incoming?.kid ? KeyID("incoming") : kid == live ? KeyID("outgoing") : kid
    }
    func half(_ n: String?) -> String? {
      n == rotation.incoming?.publicKey.n ? "incoming" : n == rotation.outgoing.publicKey.n ? "outgoing" : n
    }
    return End(
      phase: rotation.phase, portal: stage.world.kids.compactMap(name),
      held: stage.world.look { $0.places.mapValues { [name($0.kid)?.rawValue, half($0.name)] } },
      running: stage.world.look { $0.places.mapValues { name($0.running) } },
      sealed: Set(try stage.ledger.sealedKeys().compactMap { name($0.kid) }), steps: Set(stage.ledger.outcomes()),
      events: Set(stage.ledger.events()).subtracting(Self.ofCrashes))
  }

  /// Writes that took effect: portal sets and target settings.
  private func sent(_ stage: Stage) -> [Int] {
    stage.world.look { state in [state.replaced] + state.places.sorted { $0.key < $1.key }.map(\.value.writes) }
  }

  @Test(arguments: [true, false])
  func `a removal that was begun and not done is guarded again before it is sent`(isKilled: Bool) async throws {
    let stage = Stage {
      $0.window = MaintenanceWindow(
        days: MaintenanceWindow.Day.allCases, from: 480, until: 960, timeZone: "UTC")
    }
    _ = try await stage.rotate(.phase(.verified))
    stage.clock.advance(by: .seconds(3_600))
    if isKilled {
      _ = try? await stage.rotate(crash: CrashPlan(named: "before replace"))
    } else {
      stage.world.change { $0.portalFaults = [.dropBefore, .dead] }
      _ = try await stage.rotate()
    }
    #expect(try stage.ledger.openIntent(of: try stage.rotation.id)?.step == .retireKey)
    stage.clock.advance(by: .seconds(6 * 3_600))
    let report = try await stage.rotate(wait: false)
    #expect(report.waiting.guardName == "insideMaintenanceWindow", "\(brief(report))")
    #expect(stage.world.kids.contains(stage.live.kid))
    #expect(stage.ledger.events().contains("intent_withdrawn"))
    stage.clock.advance(by: .seconds(14 * 3_600))
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `a removal without an answer that lands later is proven, and not put back`() async throws {
    let stage = Stage {
      $0.window = MaintenanceWindow(
        days: MaintenanceWindow.Day.allCases, from: 480, until: 960, timeZone: "UTC")
    }
    _ = try await stage.rotate(.phase(.verified))
    // A minute before the window closes.
    stage.clock.set(Date(timeIntervalSince1970: 1_795_017_540))
    stage.world.change { $0.portalFaults = [.late, .dead] }
    _ = try await stage.rotate()
    stage.clock.advance(by: .seconds(90))
    #expect(try await stage.rotate(wait: false).rotation?.phase == .verified)
    stage.world.landLateWrite()
    stage.clock.advance(by: .seconds(3_600))
    let report = try await stage.rotate(wait: false)
    #expect(report.rotation?.phase == .retired, "\(brief(report))")
  }
}
