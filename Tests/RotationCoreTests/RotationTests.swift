import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@Suite struct RotationTests {
  @Test func `a rotation reaches retired, and completed after its quarantine`() async throws {
    let stage = Stage()
    let report = try await stage.rotate()
    #expect(report.outcome == .done)
    #expect(report.exitCode == 0)
    let rotation = try stage.rotation
    #expect(rotation.phase == .retired)
    let incoming = try #require(rotation.incoming)
    #expect(stage.world.kids == [KeyID("kid-other0"), incoming.kid])
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.kid == incoming.kid && $0.running == incoming.kid } })
    #expect(try stage.ledger.sealedKeys().map(\.kid).contains(stage.live.kid))
    #expect(stage.world.refusedSigners().isEmpty)

    stage.clock.advance(by: .seconds(86_400))
    let last = try await stage.rotate()
    #expect(last.rotation?.phase == .completed)
    #expect(try stage.ledger.sealedKeys().map(\.kid) == [incoming.kid])
    #expect(
      stage.ledger.outcomes() == [
        "generateKey", "publishKey", "proveKey", "swapEnvironment", "deployIncoming", "verifyDeployment", "retireKey",
        "destroyKey",
      ])
  }

  @Test func `without patience a run waits at each hour with exit 5`() async throws {
    let stage = Stage()
    let first = try await stage.rotate(wait: false)
    #expect(first.exitCode == 5)
    #expect(first.rotation?.phase == .proven)
    #expect(first.waiting.on == .time)
    #expect(first.waiting.guardName == "propagationElapsed")
    stage.clock.advance(by: .seconds(300))
    let second = try await stage.rotate(wait: false)
    #expect(second.rotation?.phase == .verified)
    #expect(second.waiting.guardName == "overlapElapsed")
    stage.clock.advance(by: .seconds(3_600))
    #expect(try await stage.rotate(wait: false).rotation?.phase == .retired)
  }

  @Test func `an open rotation goes on beside an earlier one that cannot be completed`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    let first = try stage.rotation
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(stage.live)])
    var options = Engine.RotateOptions()
    options.new = true
    options.goal = .phase(.swapped)
    options.wait = true
    #expect(try await stage.engine().rotate(options).rotation?.phase == .swapped)
    stage.clock.advance(by: .seconds(40 * 86_400))
    #expect(try await stage.engine().advance(stage.rotation).rotation?.phase == .deployed)
    let said = Mutex<[String]>([])
    let engine = stage.engine(observe: { event in
      if case .note(let words) = event { said.withLock { $0.append(words) } }
    })
    var onward = Engine.RotateOptions()
    onward.wait = true
    let report = try await engine.rotate(onward)
    #expect(report.rotation?.phase == .retired, "\(brief(report))")
    #expect(try stage.ledger.rotation(first.id)?.phase == .retired)
    let held = "\(first.id) cannot be completed yet (the portal lists kid \(stage.live.kid) again"
    #expect(said.withLock { $0.contains { $0.hasPrefix(held) } })

    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != stage.live.kid })
    #expect(try await stage.rotate().rotation?.id == first.id)
    #expect(try stage.ledger.rotation(first.id)?.phase == .completed)
  }

  @Test(arguments: [Phase.published, .proven, .swapped, .deployed, .verified, .retired])
  func `a rollback goes back from every phase after the key was published`(phase: Phase) async throws {
    let stage = Stage(targets: ["dotenv:/a/.env", "dotenv:/b/.env"])
    let there = try await stage.rotate(.phase(phase))
    #expect(there.rotation?.phase == phase)
    let way = WayBack.of(
      try stage.rotation, others: [], sealed: Set(try stage.ledger.sealedKeys().map(\.kid)), now: stage.clock.now())
    #expect(way.possible)
    let incoming = try #require(try stage.rotation.incoming)
    let report = try await stage.rollback()
    #expect(report.exitCode == 6, "\(brief(report))")
    #expect(report.rotation?.phase == .rolledBack)
    #expect(stage.world.kids == [KeyID("kid-other0"), stage.live.kid] || stage.world.kids.contains(stage.live.kid))
    #expect(!stage.world.kids.contains(incoming.kid))
    #expect(
      stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid && $0.running == stage.live.kid } })
    #expect(try stage.ledger.sealedKey(incoming.kid) == nil)
    #expect(stage.ledger.outcomes().suffix(way.steps.count) == way.steps.map(\.rawValue)[...])
    #expect(try await stage.rollback().exitCode == 3)
    #expect(try await stage.rotate().exitCode == 3)
  }

  @Test func `a full portal, a dead outgoing key and disagreeing targets are all named at once`() async throws {
    let stage = Stage(others: 4, targets: ["dotenv:/a/.env", "dotenv:/b/.env"])
    stage.world.change {
      $0.places["dotenv:/a/.env"]?.kid = KeyID("kid-other0")
      $0.places["dotenv:/a/.env"]?.name = "other0"
    }
    let report = try await stage.rotate()
    #expect(report.exitCode == 3)
    let summary = try #require(report.failure?.summary)
    #expect(summary.contains("5 keys"))
    #expect(summary.contains("do not agree"))
    #expect(try stage.ledger.rotations().isEmpty)
    #expect(stage.ledger.events() == ["refused"])
  }

  @Test func `a manual portal waits for the operator and proves by tokens`() async throws {
    let stage = Stage(manual: true)
    let asked = try await stage.rotate()
    #expect(asked.exitCode == 5)
    #expect(asked.waiting.on == .person)
    let incoming = try #require(try stage.rotation.incoming)
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(incoming)])
    _ = try Desk(parts: stage.parts()).attest(.published, try stage.rotation)
    let next = try await stage.rotate()
    #expect(next.exitCode == 5, "\(next)")
    #expect(next.rotation?.phase == .verified)
    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != stage.live.kid })
    _ = try Desk(parts: stage.parts()).attest(.retired, try stage.rotation)
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `a failed reload holds, and rolls back by itself where the runbook says so`() async throws {
    for choice in [Runbook.OnFailure.hold, .rollback] {
      let stage = Stage { $0.onFailure = choice }
      stage.world.change { $0.places["dotenv:/app/.env"]?.reloadFails = true }
      let report = try await stage.rotate()
      if choice == .hold {
        #expect(report.exitCode == 1)
        #expect(report.rotation?.phase == .swapped)
        #expect(report.waiting.on == .person)
        stage.world.change { $0.places["dotenv:/app/.env"]?.reloadFails = false }
        #expect(try await stage.rotate().rotation?.phase == .retired)
      } else {
        #expect(report.exitCode == 6)
        #expect(report.rotation?.phase == .rolledBack)
        #expect(stage.world.kids == [KeyID("kid-other0"), stage.live.kid])
      }
    }
  }

  @Test func `a failure's leaf is its JSON, with what it does not know left out`() throws {
    let short = Failure(.refused, "no", remedy: ["wait", "or ask"])
    let long = Failure(.conflict, "no", remedy: [], cause: "why", traceID: "t", mpCode: "MP-100")
    for failure in [short, long] { #expect(try failure.leaf == JSONValue(encoding: failure)) }
  }
}
