internal import Foundation
internal import RotationCore
internal import Simulator

/// One claim about the end of a rehearsal, and what it was read from.
struct RehearsalCheck: Sendable, Hashable {
  var claim: String
  var holds: Bool
  var evidence: String
}

/// How one scenario went: its timeline, and a verdict that rests on what the simulator and the ledger recorded.
struct RehearsalResult: Sendable {
  var scenario: RehearsalScenario
  /// Nil where none was opened.
  var rotation: Rotation?
  var timeline: Timeline
  var checks: [RehearsalCheck]
  /// The app's own token requests, by kid.
  var tokens: [KeyID: GrantCount]
  /// Between the first and the last moment on the rehearsal's clock.
  var simulated: Duration
  /// Where processes were killed, in order.
  var crashPoints: [String] = []

  var isProven: Bool { !checks.isEmpty && checks.allSatisfy(\.holds) }

  /// The timeline, the claims, and a last line that says whether all of them hold.
  func lines(_ console: Console) -> [String] {
    var lines: [String] = []
    lines +=
      timeline.lines.isEmpty
      ? ["  no rotation was opened"] : timeline.shortened(shortened).table(console).map { "  " + $0 }
    if !crashPoints.isEmpty { lines += ["", "  killed once at each of these points:"] }
    lines += crashPoints.map { "    \($0)" }
    lines.append("")
    for check in checks {
      let mark = check.holds ? console.ink(.green, "holds ") : console.ink(.red, "FAILS ")
      lines.append("  \(mark) \(check.claim)  (\(check.evidence))")
    }
    return (legend + lines + ["", verdict(console)]).map(shortened)
  }

  private var legend: [String] {
    let keys = [("outgoing", rotation?.outgoing), ("incoming", rotation?.incoming)]
    let named = keys.compactMap { role, key in
      key.map { "  \(role) \(shortened($0.kid.rawValue)): thumbprint \($0.thumbprint)" }
    }
    return ["\(scenario.rawValue): \(scenario.summary)", ""] + named + (named.isEmpty ? [] : [""])
  }

  /// A kid that carries its whole thumbprint makes lines that nobody can read.
  private func shortened(_ line: String) -> String {
    guard let kid = rotation?.incoming?.kid.rawValue, kid.count > 32 else { return line }
    return line.replacing(kid, with: kid.prefix(23) + "…")
  }

  private func verdict(_ console: Console) -> String {
    let phase = rotation?.phase.rawValue ?? "nothing opened"
    let asked = tokens.values.reduce(into: GrantCount()) {
      $0.granted += $1.granted
      $0.refused += $1.refused
    }
    let facts = "\(phase); the app asked for \(asked.granted + asked.refused) tokens and was refused \(asked.refused)"
    guard !isProven else { return "verdict: \(scenario.rawValue) \(console.ink(.green, "PROVEN")): \(facts)" }
    let failing = checks.filter { !$0.holds }.map(\.claim).joined(separator: "; ")
    return "verdict: \(scenario.rawValue) \(console.ink(.red, "NOT PROVEN")): \(facts); does not hold: \(failing)"
  }

  var json: JSONValue {
    [
      "scenario": .string(scenario.rawValue), "summary": .string(scenario.summary), "proven": .bool(isProven),
      "rotation": (rotation?.id.rawValue).map(JSONValue.string) ?? .null,
      "phase": (rotation?.phase.rawValue).map(JSONValue.string) ?? .null,
      "simulated_seconds": .integer(simulated.components.seconds), "timeline": timeline.json,
      "checks": .array(
        checks.map { ["claim": .string($0.claim), "holds": .bool($0.holds), "evidence": .string($0.evidence)] }),
      "crash_points": .array(crashPoints.map(JSONValue.string)),
      "tokens": .object(
        Dictionary(tokens.map { ($0.rawValue, $1.json) }, uniquingKeysWith: { first, _ in first })),
    ]
  }
}

extension GrantCount {
  var json: JSONValue { ["granted": .integer(Int64(granted)), "refused": .integer(Int64(refused))] }
}

extension [KeyID: GrantCount] {
  /// `KID: N granted, M refused`, a kid a line.
  var lines: [String] {
    sorted { $0.key < $1.key }.map { "\($0): \($1.granted) granted, \($1.refused) refused" }
  }
}
