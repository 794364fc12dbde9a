import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// What a rotation is bound to beside the runbook's bytes: a target's resolved values.
@Suite struct BindingTests {
  private func stage(_ kind: Runbook.Target.Kind) -> Stage { Stage { $0.targets = [Runbook.Target(kind: kind)] } }

  private func exec(folder: String) -> Runbook.Target.Kind {
    .exec(.init(command: ["./my-target"], settings: ["folder": .string(folder)]))
  }

  private func vercel(kid: String) -> Runbook.Target.Kind {
    .vercel(.init(token: SecretString("t"), project: "p", variables: .init(kid: kid)))
  }

  private func rotate(_ stage: Stage, _ kind: Runbook.Target.Kind) async throws -> RunReport {
    var runbook = stage.runbook
    runbook.targets = [Runbook.Target(kind: kind)]
    return try await stage.engine(runbook: runbook).rotate(Engine.RotateOptions())
  }

  @Test func `a program's other settings, and other variables of a project, are another target`() async throws {
    for (one, other) in [
      (exec(folder: "/a"), exec(folder: "/b")), (vercel(kid: "MASKINPORTEN_KID"), vercel(kid: "OTHER_KID")),
    ] {
      let stage = stage(one)
      #expect(try await stage.rotate(.phase(.published)).rotation?.phase == .published)
      let bound = try #require(try stage.rotation.binding["target 1"])
      let refused = try await rotate(stage, other)
      #expect(refused.exitCode == 3, "\(brief(refused))")
      #expect(refused.failure?.summary.contains("target 1 (\(bound), now sha256:") == true, "\(brief(refused))")
      #expect(try await rotate(stage, one).rotation?.phase == .proven)
    }
  }

  @Test func `a rotation that was bound before settings and variables counted goes on`() async throws {
    for kind in [exec(folder: "/a"), vercel(kid: "MASKINPORTEN_KID")] {
      let stage = stage(kind)
      _ = try await stage.rotate(.phase(.published))
      let id = try stage.rotation.id
      let former = stage.runbook.binding(former: true, digest: stage.parts().digest)
      #expect(former["target 1"] != (try stage.rotation.binding["target 1"]))
      stage.ledger.change { $0.rotations[id]?.binding = former }
      #expect(try await rotate(stage, kind).rotation?.phase == .proven)
    }
  }
}
