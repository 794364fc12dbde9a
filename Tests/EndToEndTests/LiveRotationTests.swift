import Foundation
import Testing

/// The binary against `keyturn simulate`: nodes that disagree for seconds, an app that holds its key until a slow reload
/// and asks for tokens all the time.
@Suite(.serialized) struct LiveRotationTests {
  /// At least 200 token requests, at least 50 with each key, none refused.
  private func expectNobodyRefused(_ simulation: Simulation, _ what: String, keys: [String]) async throws {
    let counts = try await simulation.appCounts()
    let total = counts.values.reduce(0) { $0 + $1.granted + $1.refused }
    let refused = counts.values.reduce(0) { $0 + $1.refused }
    let each = keys.map { "\(counts[$0]?.granted ?? 0)" }.joined(separator: " and ")
    print("\(what): \(total) token requests of the app, \(each) with each key, \(refused) refused")
    #expect(refused == 0)
    #expect(total >= 200)
    for kid in keys { #expect(counts[kid]?.granted ?? 0 >= 50, "\(kid)") }
  }

  @Test func `a whole rotation refuses nobody`() async throws {
    let simulation = try await Simulation("--adds", "3", "--removals", "3")
    let report = try await simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--json")
    #expect(report.status == 0, "\(report.err)")
    let phase = try #require(report.phase)
    #expect(["retired", "completed"].contains(phase))
    let outgoing = try #require((try report.json["outgoing"] as? [String: Any])?["kid"] as? String)
    let incoming = try #require((try report.json["incoming"] as? [String: Any])?["kid"] as? String)
    let listed = try await simulation.listedKids()
    #expect(listed.contains(incoming) && !listed.contains(outgoing))
    #expect(try String(contentsOf: simulation.envFile, encoding: .utf8).contains(incoming))
    try await expectNobodyRefused(simulation, "whole rotation", keys: [outgoing, incoming])
  }

  @Test func `a rollback refuses nobody`() async throws {
    let simulation = try await Simulation("--adds", "3", "--removals", "3")
    let there = try await simulation.program(
      "rotate", simulation.runbook, "--yes", "--wait", "--until", "verified", "--json")
    #expect(there.status == 0, "\(there.err)")
    #expect(there.phase == "verified")
    let outgoing = try #require((try there.json["outgoing"] as? [String: Any])?["kid"] as? String)
    let incoming = try #require((try there.json["incoming"] as? [String: Any])?["kid"] as? String)
    // Long enough with the incoming key for it to be seen in use.
    while try await simulation.appCounts()[incoming]?.granted ?? 0 < 60 {}
    let back = try await simulation.program("rollback", "--reason", "rehearsal", "--yes", "--json")
    #expect(back.status == 6, "\(back.err)")
    #expect(back.phase == "rolledBack")
    #expect(try await simulation.listedKids().contains(outgoing))
    #expect(try await !simulation.listedKids().contains(incoming))
    #expect(try String(contentsOf: simulation.envFile, encoding: .utf8).contains(outgoing))
    while try await simulation.appCounts().values.reduce(0, { $0 + $1.granted }) < 210 {}
    try await expectNobodyRefused(simulation, "rollback", keys: [outgoing, incoming])
  }

  @Test func `killed at random the rotation still ends, and nobody is refused`() async throws {
    let simulation = try await Simulation("--adds", "2", "--removals", "2")
    var rounds = 0
    var phase = ""
    while rounds < 12, phase != "retired", phase != "completed" {
      let process = try simulation.program.startMuted("rotate", simulation.runbook, "--yes", "--wait", "--json")
      let patience = 700_000 + UInt32(rounds) * 450_000
      try await offThePool {
        usleep(patience)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
      }
      phase = (try? await simulation.program("status", "--json").phase) ?? ""
      rounds += 1
    }
    let last = try await simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--json")
    #expect(last.status == 0, "\(last.err)")
    let counts = try await simulation.appCounts()
    #expect(counts.values.reduce(0) { $0 + $1.refused } == 0)
    #expect(try await simulation.listedKids().count == 2)
    print(
      "killed \(rounds) times: ended in \(last.phase ?? "-"), \(counts.values.reduce(0) { $0 + $1.granted }) tokens, 0 refused"
    )
  }
}
