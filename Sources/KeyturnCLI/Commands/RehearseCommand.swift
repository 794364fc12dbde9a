internal import ArgumentParser
internal import RotationCore

struct RehearseCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rehearse",
    abstract: "Play whole rotations against the built-in simulator, in seconds.",
    discussion: """
      Nothing real is touched: Maskinporten, the portal and an app run on this machine's loopback, with a clock that \
      jumps over the overlap and the quarantine. Each scenario ends with its timeline and a verdict that rests on \
      the simulator's own records and the ledger. Needs no runbook, no environment and no passphrase; leaves nothing \
      behind. Exit 0 when every scenario met its verdict, else 1.

      Examples:
        keyturn rehearse
        keyturn rehearse --scenario crash
        keyturn rehearse --all --json
        keyturn rehearse --list
      """)

  @Option(
    help: ArgumentHelp("Play this one; may be given several times (default: happy, failed-cutover).", valueName: "name")
  )
  var scenario: [RehearsalScenario] = []

  @Flag(help: "Play every scenario.")
  var all = false

  @Flag(help: "Name the scenarios and end.")
  var list = false

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    if list {
      session.console.answer(ScenarioList())
      return .done
    }
    let signals = StopSignals(session.stop) { session.console.progress($0) }
    defer { signals.release() }
    let rehearsal = Rehearsal(
      reload: OwnProgram.post(to:), stop: session.stop, sealing: session.configuration.sealing)
    var results: [RehearsalResult] = []
    for name in all ? RehearsalScenario.allCases : scenario.isEmpty ? RehearsalScenario.standard : scenario {
      session.console.progress("rehearsing \(name.rawValue): \(name.summary)")
      let result = try await rehearsal.play(name)
      session.console.print(result.lines(session.console).joined(separator: "\n") + "\n")
      results.append(result)
    }
    let isProven = results.allSatisfy(\.isProven)
    if session.console.json { session.console.document(RehearsalReport(results: results).json) }
    guard !isProven else { return .done }
    let names = results.filter { !$0.isProven }.map(\.scenario.rawValue).joined(separator: ", ")
    session.console.error(
      "rehearsed, but not proven: \(names)",
      hints: ["see what does not hold above", "do not rotate a real key with this build"])
    return .failed
  }
}

extension RehearsalScenario: ExpressibleByArgument {}

/// `{ "schema": "keyturn.rehearsal/v1", "proven": …, "scenarios": [ … ] }`.
struct RehearsalReport {
  var results: [RehearsalResult]

  var json: JSONValue {
    [
      "schema": "keyturn.rehearsal/v1", "proven": .bool(results.allSatisfy(\.isProven)),
      "scenarios": .array(results.map(\.json)),
    ]
  }
}

private struct ScenarioList: Answer {
  var json: JSONValue {
    [
      "schema": "keyturn.scenarios/v1",
      "scenarios": .array(
        RehearsalScenario.allCases.map { ["scenario": .string($0.rawValue), "summary": .string($0.summary)] }),
    ]
  }

  func text(_ console: Console) -> String {
    TextTable(
      header: ["scenario", "what happens"], rows: RehearsalScenario.allCases.map { [$0.rawValue, $0.summary] }
    ).lines(console).joined(separator: "\n")
  }
}
