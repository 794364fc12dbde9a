import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// What ends a running lockout is held back by nobody, and what begins none waits until every node knows its key.
@Suite struct LockoutTests {
  private static let place = "dotenv:/app/.env"

  private func attest(_ fact: AttestedFact, _ stage: Stage) throws {
    _ = try Desk(parts: stage.parts()).attest(fact, try stage.rotation)
  }

  private func list(_ key: KeyReference, at stage: Stage, early: Bool = false) {
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(key)], early: early)
  }

  private func remove(_ kid: KeyID, at stage: Stage) {
    stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != kid })
  }

  /// Open from 08:00 to 16:00; a stage's clock begins at 11:06.
  private let window = MaintenanceWindow(
    days: MaintenanceWindow.Day.allCases, from: 480, until: 960, timeZone: "UTC")

  @Test func `no window and no approval holds back the swap when the outgoing key is revoked`() async throws {
    let window = window
    let stage = Stage {
      $0.window = window
      $0.approvals = .init(swap: 1, retire: 0)
    }
    _ = try await stage.rotate(.phase(.proven))
    stage.clock.advance(by: .seconds(8 * 3_600))
    let waiting = try await stage.rotate(wait: false)
    #expect(waiting.exitCode == 5 && waiting.rotation?.phase == .proven, "\(brief(waiting))")
    stage.world.change { $0.maskinportenDead = true }
    #expect(try await stage.rotate(wait: false).rotation?.phase == .proven)
    stage.clock.advance(by: .seconds(1))
    stage.world.change {
      $0.maskinportenDead = false
      $0.expired.insert(stage.live.kid)
    }
    let report = try await stage.rotate(.phase(.deployed), wait: false)
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
  }

  /// A manual portal with the incoming key listed and proven, and every node knowing it.
  private func provenByHand(_ phase: Phase = .proven) async throws -> Stage {
    let stage = Stage(manual: true)
    _ = try await stage.rotate()
    list(try #require(try stage.rotation.incoming), at: stage)
    stage.clock.advance(by: .seconds(61))
    try attest(.published, stage)
    _ = try await stage.rotate(.phase(phase))
    stage.clock.advance(by: .seconds(300))
    #expect(try stage.rotation.phase == phase)
    return stage
  }

  @Test func `on a manual portal a dead outgoing key is no bar to the swap that ends its lockout`() async throws {
    let stage = try await provenByHand()
    remove(stage.live.kid, at: stage)
    stage.clock.advance(by: .seconds(61))
    let report = try await stage.rotate(.phase(.deployed))
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
  }

  @Test func `on a manual portal ours is set again after the outgoing key was removed as asked`() async throws {
    let stage = try await provenByHand(.verified)
    stage.clock.advance(by: .seconds(3_600))
    remove(stage.live.kid, at: stage)
    stage.clock.advance(by: .seconds(61))
    stage.world.change { state in
      state.places[Self.place]?.kid = KeyID("kid-stranger")
      state.places[Self.place]?.name = "stranger"
    }
    #expect(try await stage.rotate().exitCode == 4)
    var options = Engine.RotateOptions()
    options.reassert = true
    options.wait = true
    let report = try await stage.engine().rotate(options)
    #expect(report.rotation?.phase == .retired, "\(brief(report))")
  }

  /// Taken out by hand, refused, and listed again at the node that learns first.
  private func listAgain(_ key: KeyReference, at stage: Stage) async throws {
    remove(key.kid, at: stage)
    stage.clock.advance(by: .seconds(61))
    let refused = try await stage.rotate(wait: false)
    #expect(refused.exitCode == 4, "\(brief(refused))")
    list(key, at: stage, early: true)
  }

  @Test func `on a manual portal a key listed again is not set before every node knows it`() async throws {
    let stage = try await provenByHand()
    try await listAgain(try #require(try stage.rotation.incoming), at: stage)
    let listed = stage.clock.now()
    let report = try await stage.rotate(.phase(.deployed))
    #expect(report.rotation?.phase == .deployed, "\(brief(report))")
    #expect(stage.clock.now() >= listed + stage.runbook.timing.propagation)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  @Test func `a word that a key is listed again begins its propagation anew`() async throws {
    let stage = try await provenByHand()
    try await listAgain(try #require(try stage.rotation.incoming), at: stage)
    try attest(.published, stage)
    let report = try await stage.rotate(wait: false)
    #expect(report.waiting.guardName == "propagationElapsed", "\(brief(report))")
    #expect(report.rotation?.phase == .proven)
  }

  @Test func `a restore waits for a key that somebody may have removed as asked and listed again`() async throws {
    let stage = try await provenByHand(.verified)
    stage.clock.advance(by: .seconds(3_600))
    #expect(try await stage.rotate(wait: false).waiting.guardName == "attested(retired)")
    remove(stage.live.kid, at: stage)
    stage.clock.advance(by: .seconds(61))
    list(stage.live, at: stage, early: true)
    let listed = stage.clock.now()
    _ = try await stage.rollback()
    #expect(stage.world.look { $0.places.values.allSatisfy { $0.kid == stage.live.kid } })
    #expect(stage.clock.now() >= listed + stage.runbook.timing.propagation)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }

  /// Swapped, with the outgoing key taken out of the portal by hand, a rollback opened and held back by that.
  private func heldBack() async throws -> Stage {
    let stage = Stage()
    _ = try await stage.rotate(.phase(.swapped))
    remove(stage.live.kid, at: stage)
    for index in 1...3 { list(PaperKeys.reference("other\(index)"), at: stage) }
    #expect(try await stage.rotate(wait: false).waiting.on == .person)
    remove(KeyID("kid-other3"), at: stage)
    let refused = try await stage.rollback()
    #expect(refused.rotation?.phase == .restoring && refused.outcome == .refused, "\(brief(refused))")
    stage.clock.advance(by: .seconds(600))
    return stage
  }

  @Test func `a restore waits until every node knows a key that the portal did not list`() async throws {
    let stage = try await heldBack()
    list(stage.live, at: stage, early: true)
    let listed = stage.clock.now()
    let report = try await stage.rotate()
    #expect(report.rotation?.phase == .rolledBack, "\(brief(report))")
    #expect(stage.clock.now() >= listed + stage.runbook.timing.propagation)
    #expect(stage.world.look(\.refusedSigners).isEmpty)
  }
}
