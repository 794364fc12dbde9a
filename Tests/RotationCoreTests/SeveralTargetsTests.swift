import RotationCore
import RotationTestSupport
import Testing

@Suite struct SeveralTargetsTests {
  private static let names = ["t1", "t2", "t3"]

  /// Somebody starts the app anew by hand.
  private func restart(_ stage: Stage, _ name: String) {
    let held = stage.world.look { $0.places[name]?.kid }
    stage.world.change { $0.places[name]?.running = held }
  }

  private func acts(_ stage: Stage, _ verb: String, _ kid: KeyID) -> [String] {
    stage.world.look(\.acts).filter { $0.hasPrefix(verb + " ") && $0.hasSuffix(" \(kid)") }
      .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
  }

  @Test func `targets are set and started in the runbook's order`() async throws {
    let stage = Stage(targets: Self.names)
    let report = try await stage.rotate(.phase(.deployed))
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
    let incoming = try #require(try stage.rotation.incoming?.kid)
    #expect(acts(stage, "write", incoming) == Self.names)
    #expect(acts(stage, "deploy", incoming) == Self.names)
  }

  @Test func `swapped holds only when all hold the pair, and a rollback restores last first`() async throws {
    let stage = Stage(targets: Self.names)
    stage.world.change { $0.closed = ["t3"] }
    let stopped = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming?.kid)
    #expect(try stage.rotation.phase == .proven)
    #expect(stopped.outcome == .failed)
    #expect(acts(stage, "write", incoming) == ["t1", "t2"])
    #expect(acts(stage, "deploy", incoming).isEmpty)

    let back = try await stage.rollback()
    #expect(back.rotation?.phase == .rolledBack, "\(brief(back))")
    #expect(acts(stage, "write", stage.live.kid) == ["t2", "t1"])
    #expect(
      stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid && $0.running == stage.live.kid } })
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `a target that takes nothing three times over is told with what it said last`() async throws {
    let stage = Stage(targets: Self.names)
    stage.world.change { $0.targetFaults = [.dropBefore, .dropBefore, .dropBefore] }
    let stopped = try await stage.rotate()
    let incoming = try #require(try stage.rotation.incoming?.kid)
    #expect(stopped.outcome == .midway)
    #expect(
      stopped.failure?.summary
        == "swapEnvironment: t1 was sent kid \(incoming) 3 times and does not hold it: dropped")
    _ = try await stage.rotate(.phase(.deployed))
    #expect(try stage.rotation.phase == .deployed)
  }

  @Test func `a failed swap rolls back by itself where the runbook says so`() async throws {
    let stage = Stage(targets: Self.names) { $0.onFailure = .rollback }
    stage.world.change { $0.closed = ["t2"] }
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(acts(stage, "write", stage.live.kid) == ["t1"])
  }

  @Test func `deployed waits for every beacon`() async throws {
    let stage = Stage(targets: ["t1", "t2"], reloads: false)
    let waiting = try await stage.rotate()
    #expect(try stage.rotation.phase == .swapped)
    #expect(waiting.waiting.guardName == "signersOnIncoming", "\(brief(waiting))")
    let incoming = try #require(try stage.rotation.incoming?.kid)
    #expect(
      waiting.waiting.reason
        == "t1: what runs signs with kid \(stage.live.kid), not \(incoming); start it anew, then run keyturn rotate")
    stage.world.change { $0.beaconsDead = true }
    let silent = try await stage.rotate()
    #expect(silent.waiting.reason?.contains("tells no kid") == true, "\(brief(silent))")
    stage.world.change { $0.beaconsDead = false }
    restart(stage, "t1")
    _ = try await stage.rotate()
    #expect(try stage.rotation.phase == .swapped, "one of two is not enough")
    restart(stage, "t2")
    _ = try await stage.rotate(.phase(.deployed))
    #expect(try stage.rotation.phase == .deployed)
  }

  @Test(arguments: [Runbook.OnFailure.hold, .rollback])
  func `what we started and does not come up is a failed deploy`(_ onFailure: Runbook.OnFailure) async throws {
    let stage = Stage(targets: ["t1"]) { $0.onFailure = onFailure }
    let world = stage.world
    let deaths = CrashPlan(watch: { if $0 == "after deploy" { world.change { $0.beaconsDead.toggle() } } })
    let report = try await stage.rotate(crash: deaths)
    if onFailure == .rollback {
      #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
      return
    }
    #expect(report.exitCode == 1 && report.failure?.code == .deployFailed, "\(brief(report))")
    #expect(report.rotation?.phase == .swapped)
    stage.world.change { $0.beaconsDead = false }
    #expect(try await stage.rotate(.phase(.deployed)).rotation?.phase == .deployed)
  }

  @Test(arguments: [Runbook.OnFailure.hold, .rollback])
  func `an app that is silent for the whole probe has failed it, a silent Maskinporten has not`(
    _ onFailure: Runbook.OnFailure
  ) async throws {
    let stage = Stage(targets: ["t1"]) { $0.onFailure = onFailure }
    _ = try await stage.rotate(.phase(.deployed))
    stage.world.change { $0.maskinportenDead = true }
    #expect(try await stage.rotate().exitCode == 4)
    stage.world.change {
      $0.maskinportenDead = false
      $0.readinessTrouble = NeighbourTrouble(
        neighbour: "the readiness probe", kind: .unreachable, detail: "nothing listens")
    }
    let world = stage.world
    let mended = CrashPlan(watch: { if $0 == "before deploy" { world.change { $0.readinessTrouble = nil } } })
    let report = try await stage.rotate(crash: mended)
    if onFailure == .rollback {
      #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    } else {
      #expect(report.exitCode == 1 && report.failure?.code == .verificationFailed, "\(brief(report))")
      #expect(report.rotation?.phase == .deployed)
    }
  }

  @Test func `what a beacon shows to be live is settled and not started again, forward and back`() async throws {
    let stage = Stage(targets: ["t1", "t2"])
    _ = try await stage.rotate(.phase(.swapped))
    restart(stage, "t2")
    _ = try await stage.rotate(.phase(.deployed))
    let incoming = try #require(try stage.rotation.incoming?.kid)
    #expect(acts(stage, "deploy", incoming) == ["t1"])
    #expect(acts(stage, "settle", incoming) == ["t2"])
    stage.world.change { $0.places["t1"]?.running = stage.live.kid }
    _ = try await stage.rollback()
    #expect(acts(stage, "deploy", stage.live.kid) == ["t2"])
    #expect(acts(stage, "settle", stage.live.kid) == ["t1"])
  }

  @Test func `a deploy that a rate limit kept out is waited for, and no reason to go back`() async throws {
    let stage = Stage(targets: ["t1"]) { $0.onFailure = .rollback }
    stage.world.change { $0.places["t1"]?.limited = true }
    let waiting = try await stage.rotate()
    #expect(waiting.outcome == .waiting && waiting.waiting.on == .neighbour, "\(brief(waiting))")
    #expect(try stage.rotation.phase == .swapped)
    #expect(try stage.rotation.rollback == nil)
    stage.world.change { $0.places["t1"]?.limited = false }
    _ = try await stage.rotate(.phase(.deployed))
    #expect(try stage.rotation.phase == .deployed)
  }

  @Test func `nothing is retired while one beacon names the outgoing kid`() async throws {
    let stage = Stage(targets: ["t1", "t2"])
    _ = try await stage.rotate(.phase(.verified))
    #expect(try stage.rotation.phase == .verified)
    stage.world.change { $0.places["t2"]?.running = stage.live.kid }
    let report = try await stage.rotate()
    #expect(try stage.rotation.phase == .verified)
    #expect(stage.world.kids.contains(stage.live.kid))
    #expect(report.rotation?.verdicts.contains { $0.guardName == "signersOnIncoming" && !$0.holds } == true)
  }
}
