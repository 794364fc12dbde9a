import RotationCore
import RotationTestSupport
import Testing

/// After the removal: what ends a rotation, what keeps its outgoing key, and what may begin meanwhile.
@Suite struct EndingTests {
  @Test func `of two that are overdue the earlier one goes first, and is told while it is held back`() async throws {
    let stage = Stage()
    let first = try #require(try await stage.rotate().rotation)
    stage.clock.advance(by: .seconds(1))
    var options = Engine.RotateOptions()
    options.new = true
    options.wait = true
    let second = try #require(try await stage.engine().rotate(options).rotation)
    stage.world.change {
      for name in $0.places.keys { $0.places[name]?.kid = first.outgoing.kid }
    }
    stage.clock.advance(by: .seconds(2 * 86_400))
    let report = try await stage.rotate()
    #expect(report.rotation?.id == first.id, "\(brief(report))")
    #expect(report.outcome != .done, "\(brief(report))")
    stage.world.change {
      for name in $0.places.keys { $0.places[name]?.kid = second.incoming?.kid }
    }
    let over = try await stage.rotate()
    #expect(over.rotation?.id == second.id, "\(brief(over))")
    #expect(try stage.ledger.rotations().allSatisfy { $0.phase == .completed }, "\(brief(over))")
  }

  @Test func `the outgoing key is kept while the incoming one is listed nowhere`() async throws {
    let stage = Stage()
    let first = try #require(try await stage.rotate().rotation)
    let incoming = try #require(first.incoming)
    let listed = stage.world.look(\.keys)
    stage.world.replaceKeys(listed.filter { $0.kid != incoming.kid })
    stage.clock.advance(by: .seconds(60))
    let early = try await stage.engine().advance(first)
    #expect(early.exitCode == 5 && early.waiting.guardName == "incomingServes", "\(brief(early))")
    #expect(try await stage.rotate().exitCode == 5)
    stage.clock.advance(by: .seconds(86_400))
    #expect(try await stage.rotate().exitCode == 5)
    #expect(try stage.ledger.sealedKey(first.outgoing.kid) != nil)
    stage.world.replaceKeys(listed)
    stage.clock.advance(by: .seconds(300))
    #expect(try await stage.rotate().rotation?.phase == .completed)
  }

  @Test func `an earlier rotation that cannot be completed yet holds no new one up`() async throws {
    let stage = Stage()
    _ = try await stage.rotate()
    var quick = stage.runbook
    quick.timing.quarantine = .zero
    var options = Engine.RotateOptions()
    options.new = true
    options.wait = true
    stage.clock.advance(by: .seconds(1))
    let second = try await stage.engine(runbook: quick).rotate(options)
    #expect(second.rotation?.phase == .retired, "\(brief(second))")
    stage.clock.advance(by: .seconds(1))
    let third = try await stage.engine(runbook: quick).rotate(options)
    #expect(third.rotation?.phase == .retired && third.rotation?.id != second.rotation?.id, "\(brief(third))")
    #expect(try stage.ledger.rotations().count == 3)
  }

  @Test func `a rollback that cannot begin yet is what comes next, until another way is taken`() async throws {
    let stage = Stage(others: 3)
    _ = try await stage.rotate()
    stage.world.replaceKeys(
      stage.world.look(\.keys) + ["a", "b"].map { PortalKey(PaperKeys.reference($0)) })
    stage.clock.advance(by: .seconds(60))
    let blocked = try await stage.rollback()
    #expect(blocked.exitCode == 5, "\(brief(blocked))")
    #expect(
      blocked.waiting.reason?.contains("free 2 places; the quarantine runs on meanwhile") == true, "\(brief(blocked))")
    #expect(try stage.rotation.rollbackAsked == "test")
    _ = try await stage.engine().advance(stage.rotation)
    #expect(try stage.rotation.rollbackAsked == nil)
    #expect(try await stage.rollback().exitCode == 5)
    #expect(try stage.rotation.rollbackAsked == "test")
    stage.world.replaceKeys(stage.world.look(\.keys).dropLast(2))
    stage.clock.advance(by: .seconds(300))
    #expect(try await stage.rollback().rotation?.phase == .rolledBack)
    #expect(try stage.rotation.rollbackAsked == nil)
  }
}
