import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct RunbookCommandTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func `faults are told with line and column on standard output`() async throws {
    _ = try folder.write(
      """
      name: bad
      maskinporten:
        environment: test
        client_id: ${CLIENT}
        scopes: []
      portal: { kind: manual }
      targets: [{ kind: dotenv, path: .env, flavour: sour }]
      """, as: "bad.yaml")
    let said = await run(["runbook", "check", "bad.yaml"], in: folder)
    #expect(said.status == 65)
    let lines = said.out.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.wholeMatch(of: /bad\.yaml:\d+:\d+: error: .+/) != nil })
    #expect(lines.contains { $0.hasPrefix("bad.yaml:4:") && $0.contains("CLIENT, which is not set") })
    #expect(lines.contains { $0.hasPrefix("bad.yaml:7:") && $0.contains("`flavour`") })
    let hint = "correct what is named, then run keyturn runbook check bad.yaml"
    #expect(said.err == "keyturn: error: bad.yaml has 3 faults\nkeyturn: hint: \(hint)\n")

    let document = try JSONValue(
      parsing: Data(await run(["runbook", "check", "bad.yaml", "--json"], in: folder).out.utf8))
    #expect(document["ok"] == false)
    #expect(document["findings"]?.array?.count == 3)
    #expect(document["findings"]?.array?.first?["line"] == 4)
  }

  @Test func `a sound runbook is ok, with its warnings`() async throws {
    _ = try folder.write(Sample.runbook, as: "sample.yaml")
    let said = await run(["runbook", "check", "sample.yaml"], ["CLIENT": "c"], in: folder)
    #expect(said.status == 0)
    #expect(said.out.hasSuffix("sample.yaml: ok\n"))
    #expect(said.out.split(separator: "\n").dropLast().allSatisfy { $0.contains(": warning: ") })
    #expect(said.err.isEmpty)
    #expect(await run(["runbook", "check", "none.yaml"], in: folder).status == 65)
  }

  @Test func `the checklist names every step, guard and neighbour, and draws the law`() async throws {
    _ = try folder.write(Sample.runbook, as: "sample.yaml")
    let said = await run(["runbook", "show", "sample.yaml"], ["CLIENT": "c"], in: folder)
    #expect(said.status == 0)
    let law = TransitionTable.standard
    for row in law.rows where row.kind == .forward {
      #expect(said.out.contains("**\(row.step.rawValue)** -> `\(row.to[0].rawValue)`"))
      for guardName in row.guards.map(\.name) { #expect(said.out.contains("`\(guardName)`")) }
    }
    for word in ["keyturn attest published", "keyturn approve swap", "sun 21:00 to 23:00 Europe/Oslo", "app/.env"] {
      #expect(said.out.contains(word))
    }
    #expect(said.out.contains("```mermaid\n\(PhaseDiagram.mermaid())\n```"))
  }

  @Test func `the diagram holds each move of the law once, and no other`() async throws {
    let diagram = await run(["runbook", "diagram"], in: folder).out
    #expect(diagram.hasPrefix("stateDiagram-v2\n  [*] --> planned: openRotation\n"))
    let moves = diagram.split(separator: "\n").compactMap { line -> Set<String>? in
      guard let match = line.wholeMatch(of: /\ \ (\w+) --> (\w+): (.+)/) else { return nil }
      return Set(match.3.split(separator: ", ").map { "\(match.1) \($0) \(match.2)" })
    }
    let law = Set(
      TransitionTable.standard.rows.filter { $0.kind != .repair }.flatMap { row in
        row.to.map { "\(row.from.rawValue) \(row.step.rawValue) \($0.rawValue)" }
      })
    #expect(moves.reduce(into: Set()) { $0.formUnion($1) } == law)
    #expect(moves.reduce(0) { $0 + $1.count } == law.count)
    for end in ["completed", "rolledBack", "abandoned"] { #expect(diagram.contains("  \(end) --> [*]")) }
  }
}
