import RotationCore
import RotationTestSupport
import Testing

/// What is told before a rotation is opened.
@Suite struct OpeningTests {
  private static func trouble(_ kind: NeighbourTrouble.Kind, _ detail: String) -> NeighbourTrouble {
    NeighbourTrouble(neighbour: "the readiness probe", kind: kind, detail: detail)
  }

  @Test(arguments: [
    trouble(.rejected, "answered 401: the bearer secret is refused"), trouble(.rejected, "answered 404"),
    trouble(.unusableAnswer, "answered 302, a redirect, which is never followed"),
  ]) func `a readiness probe that refuses to be asked is told before anything is made`(trouble: NeighbourTrouble)
    async throws
  {
    let stage = Stage()
    stage.world.change { $0.readinessTrouble = trouble }
    let plan = try await stage.engine().plan()
    #expect(!plan.ready && !plan.isUnreachable)
    let verdict = try #require(plan.verdicts.first { !$0.holds })
    #expect(verdict.guardName == "integrationLive")
    #expect(verdict.reason.hasPrefix("readiness could not be asked: \(trouble.detail)"))
    let report = try await stage.rotate()
    #expect(report.exitCode == 3, "\(brief(report))")
    #expect(try stage.ledger.rotations().isEmpty)
  }

  @Test(arguments: [NeighbourTrouble.Kind.unreachable, .unanswered, .serverError, .rateLimited])
  func `a readiness probe that gives no answer is a warning`(kind: NeighbourTrouble.Kind) async throws {
    let stage = Stage()
    stage.world.change { $0.readinessTrouble = Self.trouble(kind, "no answer") }
    let plan = try await stage.engine().plan()
    #expect(plan.ready)
    let words = "readiness could not be asked: no answer; the verification asks it again"
    #expect(plan.warnings.contains(words))
    #expect(plan.verdicts.first { $0.guardName == "integrationLive" }?.reason == words)
  }

  @Test func `plan asks for a token per scope where the scopes together are denied`() async throws {
    let stage = Stage { $0.maskinporten.scopes = ["a:b", "c:d", "e:f"] }
    stage.world.change { $0.deniedScopes = ["c:d"] }
    let plan = try await stage.engine().plan()
    #expect(!plan.ready)
    let scopes = try #require(plan.prerequisites.first { $0.name == "scopes granted" })
    #expect(scopes.state == .fails)
    #expect(scopes.reason.hasPrefix("c:d: "))
    #expect(!scopes.reason.contains("a:b") && !scopes.reason.contains("e:f"))
  }
}
