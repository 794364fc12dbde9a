import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct PlanReportTests {
  @Test func `what the next run puts back stands before what is left to do`() {
    let rotation = Sample.proven()
    let way = WayBack.of(rotation, others: [], sealed: [], now: Sample.now)
    func effects(_ repairs: [Step]) -> [Plan.Effect] {
      PlanReport(rotation, verdicts: [], repairs: repairs, wayBack: way, targets: ["dotenv:.env"], warnings: []).effects
    }
    let rest = effects([])
    #expect(rest.first?.step == .swapEnvironment)
    let repaired = effects([.publishKey])
    #expect(
      repaired.first
        == Plan.Effect(step: .publishKey, neighbour: "portal", change: "add new again: somebody took it out"))
    #expect(Array(repaired.dropFirst()) == rest)
  }
}
