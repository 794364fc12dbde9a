import Foundation
import Testing

/// The binary against an app on the simulated Vercel: its users call the production address all the time.
@Suite(.serialized) struct VercelRotationTests {
  private func begin(faults: String? = nil) async throws -> (Simulation, kid: String) {
    let simulation = try await Simulation("--target", "vercel", "--adds", "2", "--removals", "2", faults: faults)
    let live = try #require(simulation.outgoing)
    // Sensitive variables are told by nobody: without the pair in the store there is no way back, and no beginning.
    let plan = try await simulation.program("plan", simulation.runbook)
    #expect(plan.status == 3)
    #expect(plan.err.contains("keyturn keys adopt"), "\(plan.err)")
    let adopted = try await simulation.program("keys", "adopt", "--kid", live.kid, "--pem", live.pem)
    #expect(adopted.status == 0, "\(adopted.err)")
    return (simulation, live.kid)
  }

  private func expectNobodyRefused(_ simulation: Simulation, _ what: String, keys: [String]) async throws {
    let counts = try await simulation.appCounts()
    for kid in keys { #expect(counts[kid]?.granted ?? 0 > 0, "\(kid)") }
    let refused = counts.values.reduce(0) { $0 + $1.refused }
    print(
      "\(what): \(counts.values.reduce(0) { $0 + $1.granted }) tokens at the production address, \(refused) refused")
    #expect(refused == 0)
  }

  private func kid(_ report: Program.Answer, _ side: String) throws -> String {
    try #require((try report.json[side] as? [String: Any])?["kid"] as? String)
  }

  @Test func `a rotation refuses nobody at the production address`() async throws {
    let (simulation, outgoing) = try await begin()
    let report = try await simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--json")
    #expect(report.status == 0, "\(report.err)")
    #expect(["retired", "completed"].contains(report.phase ?? "-"))
    let incoming = try kid(report, "incoming")
    #expect(try await simulation.get("/app/signer")["kid"] as? String == incoming)
    #expect(try await !simulation.listedKids().contains(outgoing))
    #expect(report.err.contains("an instant rollback to dpl_1"), "\(report.err)")
    // Auto-assign off, and the promote that turns it on again.
    let calls = try #require(try await simulation.get("/_simulator/calls")["calls"] as? [[String: Any]])
    #expect(calls.count { $0["route"] as? String == "vercel-traffic" } == 2)
    try await expectNobodyRefused(simulation, "rotation on Vercel", keys: [outgoing, incoming])
  }

  @Test func `a rollback brings back variables and traffic and refuses nobody`() async throws {
    let (simulation, outgoing) = try await begin()
    let there = try await simulation.program(
      "rotate", simulation.runbook, "--yes", "--wait", "--until", "verified", "--json")
    #expect(there.status == 0, "\(there.err)")
    let incoming = try kid(there, "incoming")
    while try await simulation.appCounts()[incoming]?.granted ?? 0 < 5 {}
    let back = try await simulation.program("rollback", "--reason", "rehearsal", "--yes", "--json")
    #expect(back.status == 6, "\(back.err)")
    #expect(back.phase == "rolledBack")
    #expect(try await simulation.get("/app/signer")["kid"] as? String == outgoing)
    try await expectNobodyRefused(simulation, "rollback on Vercel", keys: [outgoing, incoming])
  }

  @Test func `answers that get lost are looked for and nothing is sent twice`() async throws {
    let faults = """
      {"rules":[{"route":"vercel-deploy","fault":"drop","effect":true},
        {"route":"vercel-env","fault":"drop","effect":true}]}
      """
    let (simulation, outgoing) = try await begin(faults: faults)
    let report = try await simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--json")
    #expect(report.status == 0, "\(report.err)")
    let calls = try #require(try await simulation.get("/_simulator/calls")["calls"] as? [[String: Any]])
    #expect(calls.count { $0["route"] as? String == "vercel-deploy" } == 1)
    #expect(calls.count { $0["route"] as? String == "vercel-env" } == 1)
    try await expectNobodyRefused(simulation, "with lost answers", keys: [outgoing, try kid(report, "incoming")])
  }
}
