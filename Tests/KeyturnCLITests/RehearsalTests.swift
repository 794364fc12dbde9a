import Foundation
import Primitives
import RotationCore
import Simulator
import Testing

@testable import KeyturnCLI

@Suite(.serialized) struct RehearsalTests {
  private let console = Console(streams: Transcript().streams())

  private func failing(_ result: RehearsalResult) -> [String] {
    result.checks.filter { !$0.holds }.map { "\($0.claim) (\($0.evidence))" }
  }

  @Test(arguments: RehearsalScenario.allCases) func `every scenario meets its verdict`(scenario: RehearsalScenario)
    async throws
  {
    let result = try await Rehearsal.inTests.play(scenario)
    #expect(failing(result) == [])
    #expect(result.isProven)
    #expect(result.tokens.values.allSatisfy { $0.refused == 0 })
    let last = try #require(result.lines(console).last)
    #expect(last.hasPrefix("verdict: \(scenario.rawValue) PROVEN"))
    switch scenario {
    case .happy, .slowPropagation, .crash, .manualPortal:
      #expect(result.rotation?.phase == .completed)
      #expect(result.simulated > .seconds(31 * 86_400))
    case .emergency:
      #expect(result.rotation?.phase == .completed)
      #expect(result.simulated < .seconds(3_600))
    case .failedCutover: #expect(result.rotation?.phase == .rolledBack)
    case .fullPortal: #expect(result.rotation == nil)
    }
    try tells(RehearsalReport(results: [result]).json, scenario)
    if scenario == .crash { #expect(Set(result.crashPoints).count >= 24) }
  }

  private func tells(_ document: JSONValue, _ scenario: RehearsalScenario) throws {
    #expect(document["schema"] == "keyturn.rehearsal/v1")
    #expect(document["proven"] == true)
    let told = try #require(document["scenarios"]?.array?.first)
    #expect(told["scenario"]?.string == scenario.rawValue)
    #expect((told["phase"] == .null) == (scenario == .fullPortal))
    #expect(told["timeline"]?.array?.isEmpty == (scenario == .fullPortal))
    #expect(told["checks"]?.array?.allSatisfy { $0["holds"] == true } == true)
    #expect(told["tokens"]?.object?.isEmpty == false)
  }

  @Test func `a verdict is read from the world: an app that was refused proves nothing`() async throws {
    let folder = try TestFolder()
    let stage = try await RehearsalStage(
      in: folder.path, StageDirections(sealing: .cheap), reload: BashReload.post(to:), stop: StopSignal())
    // Somebody takes the live key away behind everybody's back while the rotation is at work.
    let outgoing = stage.scenario.outgoing.kid
    stage.onEvent { [world = stage.world] event in
      if case .phase(.published, _) = event { try? world.edit(HandEdit(remove: [outgoing])) }
    }
    let report = try await stage.rotate()
    try await stage.sitThroughQuarantine(report)
    let result = try await stage.result(.happy, stage.completed(portalWrites: 2))
    await stage.close()
    #expect(!result.isProven)
    #expect(result.checks.contains { !$0.holds && $0.claim == "not one token request of the app was refused" })
    #expect(result.lines(console).last?.contains("NOT PROVEN") == true)
  }

  @Test func `the folder of a rehearsal is its own, and gone with it`() throws {
    let folder = try TemporaryFolder.forRehearsal()
    #expect(try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
    _ = FileManager.default.createFile(atPath: folder.path + "/x", contents: Data())
    folder.remove()
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func `scenarios are listed, and an unknown one is bad usage`() async throws {
    let folder = try TestFolder()
    let list = await run(["rehearse", "--list"], in: folder)
    #expect(list.status == 0)
    for scenario in RehearsalScenario.allCases { #expect(list.out.contains(scenario.rawValue)) }
    #expect(await run(["rehearse", "--scenario", "sunny"], in: folder).status == 64)
    #expect(folder.names.isEmpty)
  }
}
