internal import ArgumentParser
internal import Foundation
internal import KeyMaterial
internal import Primitives
internal import RotationCore

/// `keyturn target check`
struct TargetCheckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run the conformance suite against a target: an operator's program, or a runbook's.",
    discussion: """
      Writes throwaway pairs to the target, deploys them, breaks off at every call and goes back: point it at a copy \
      of the place, never at one in use. Each capability that the target claims must be seen. A pair that can be \
      read is put back at the end, and when SIGINT or SIGTERM stops it; a runbook of environment production or test \
      is refused.

      Examples:
        keyturn target check --yes --settings '{"folder": "/tmp/try"}' -- ./my-target
        keyturn target check --yes --only compareAndSwap --settings '{"folder": "/tmp/try"}' -- ./my-target
        keyturn target check --yes rehearsal.yaml
      """)

  @Argument(help: ArgumentHelp("A runbook, whose targets are checked one after the other.", valueName: "runbook"))
  var runbook: String?

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("After `--`: a program that speaks keyturn-target/1, with its arguments.", valueName: "command"))
  var command: [String] = []

  @Option(help: ArgumentHelp("What the program gets as its settings, a JSON object.", valueName: "json"))
  var settings = "{}"

  @Option(help: ArgumentHelp("Seconds that one call of the program may take.", valueName: "seconds"))
  var timeout = 60

  @Option(help: ArgumentHelp("Only the claims that begin so, such as atomicPair.", valueName: "claim"))
  var only = ""

  @Flag(help: "Yes, the target may be written to.")
  var yes = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (runbook == nil) != command.isEmpty else {
      throw ValidationError("name a runbook, or a program after `--`")
    }
    guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds") }
    guard TargetConformance.claims.contains(where: { $0.hasPrefix(only) }) else {
      throw ValidationError("no claim begins with \(only)")
    }
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let runbook = try chosen(session)
    let names = runbook.targets.count == 1 ? "the target" : "all \(runbook.targets.count) targets"
    guard try yes || session.console.confirm("write throwaway pairs to \(names)", flag: "--yes") else {
      throw Failure(.refused, "not confirmed; nothing was written", remedy: ["say yes with --yes"])
    }
    let keys = SealedKeyStore(
      passphrase: SecretBytes(utf8: Hex.encode(RandomBytes.make(32))), scheme: session.configuration.sealing)
    var checks: [TargetCheckReport.Check] = []
    let signals = StopSignals(session.stop) { session.console.note($0) }
    defer { signals.release() }
    for target in runbook.targets where !session.stop.isRequested {
      checks.append(try await check(target, runbook, keys, session))
    }
    let report = TargetCheckReport(checks: checks)
    session.console.answer(report)
    guard !session.stop.isRequested else {
      session.console.error(
        "the check was stopped before its end", hints: ["run it again; what was found so far stands"])
      return .midway
    }
    guard !report.passes else { return .done }
    session.console.error(
      "\(checks.filter { !$0.passes }.map(\.name).joined(separator: ", ")) does not do what it claims",
      hints: ["mend what is marked broken, then check again; no rotation should rest on it until then"])
    return .failed
  }

  private func chosen(_ session: Session) throws -> Runbook {
    if let runbook {
      let loaded = try LoadedRunbook.file(runbook, session.configuration)
      guard loaded.runbook.maskinporten.environment == .custom else {
        throw Failure(
          .refused,
          "\(runbook) is of environment \(loaded.runbook.maskinporten.environment.rawValue): its targets may be"
            + " in use, and a check writes throwaway pairs",
          remedy: ["check a copy of the target, named in a runbook of environment custom"])
      }
      return loaded.runbook
    }
    guard let members = (try? JSONValue(parsing: Data(settings.utf8)))?.object else {
      throw ValidationError("--settings takes a JSON object")
    }
    let program = Runbook.Exec(command: command, timeout: .seconds(timeout), settings: members)
    return Runbook(
      name: "target check",
      maskinporten: .init(environment: .custom, clientID: ClientID(""), scopes: [], issuer: "", tokenEndpoint: ""),
      portal: .manual, targets: [.init(kind: .exec(program))], folder: session.configuration.folder)
  }

  private func check(_ target: Runbook.Target, _ runbook: Runbook, _ keys: any KeyStore, _ session: Session)
    async throws
    -> TargetCheckReport.Check
  {
    let composition = Composition(session.configuration)
    let site = try await composition.site(target, runbook, gate: OpenGate())
    let bench = PlainBench(
      pairs: try ConformancePairs(made: keys, at: session.clock.now()), beacon: site.beacon, clock: session.clock
    ) { gate in try await composition.site(target, runbook, gate: gate).target }
    var present: HeldPair?
    if case .pair(let pair) = await site.target.read() { present = HeldPair(pair) }
    let console = session.console
    let stop = session.stop
    let findings = await TargetConformance(bench).run(only: only, until: { stop.isRequested }) {
      console.progress("\(site.target.name): \($0.line)")
    }
    if let present {
      do { try await bench.set(present, deploys: site.target.capabilities.contains(.deploys)) } catch {
        console.warning("\(site.target.name) could not be set back to kid \(present.kid), which it held before")
      }
    } else {
      console.note(
        "\(site.target.name) is left with the throwaway pair \(bench.pairs.outgoing.kid): what it held before could not be"
          + " read, so set it anew before anything uses it")
    }
    return TargetCheckReport.Check(
      name: site.target.name, capabilities: site.target.capabilities, findings: findings, isWhole: !stop.isRequested)
  }
}

/// `keyturn.target-check/v1`
struct TargetCheckReport: Answer {
  struct Check {
    var name: String
    var capabilities: TargetCapabilities
    var findings: [ConformanceFinding]
    /// Every claim was tried.
    var isWhole = true
    var passes: Bool { isWhole && !findings.contains(where: \.isBroken) }

    var words: [String] { TargetCapabilities.words.filter { capabilities.contains($0.capability) }.map(\.word) }
  }

  var checks: [Check]
  var passes: Bool { checks.allSatisfy(\.passes) }

  var json: JSONValue {
    [
      "schema": "keyturn.target-check/v1", "passes": .bool(passes),
      "targets": .array(
        checks.map { check in
          [
            "name": .string(check.name), "capabilities": .array(check.words.map { .string($0) }),
            "passes": .bool(check.passes), "findings": .array(check.findings.map(\.json)),
          ]
        }),
    ]
  }

  func text(_ console: Console) -> String {
    checks.map { check in
      let lines = check.findings.flatMap { finding in
        ["  " + finding.line] + (finding.isBroken ? finding.advice.map { ["            to do: " + $0] } ?? [] : [])
      }
      let seen = check.findings.count { $0.result == .holds }
      let verdict = check.isWhole ? "does not pass" : "was not tried to its end"
      let end = check.passes ? console.ink(.green, "passes") : console.ink(.red, verdict)
      return
        (["\(check.name) claims \(check.words.isEmpty ? "nothing" : check.words.joined(separator: ", "))"] + lines
        + ["\(check.name) \(end): \(seen) of \(check.findings.count) claims seen to hold"]).joined(separator: "\n")
    }.joined(separator: "\n")
  }
}

extension ConformanceFinding {
  fileprivate var parts: (result: String, reason: String?) {
    switch result {
    case .holds: ("holds", nil)
    case .broken(let reason): ("broken", reason)
    case .notSeen(let reason): ("not seen", reason)
    }
  }

  fileprivate var line: String {
    let (result, reason) = parts
    return result.padding(toLength: 10, withPad: " ", startingAt: 0) + claim + (reason.map { " (\($0))" } ?? "")
  }

  fileprivate var json: JSONValue {
    let (result, reason) = parts
    return [
      "claim": .string(claim), "result": .string(result), "reason": reason.map(JSONValue.string) ?? .null,
      "advice": isBroken ? advice.map(JSONValue.string) ?? .null : .null,
    ]
  }
}
