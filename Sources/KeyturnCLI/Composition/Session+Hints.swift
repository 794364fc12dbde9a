internal import Foundation
internal import RotationCore

extension Session {
  /// How a hint names the program, so that it finds the same state again.
  package func commandLine(_ words: String) -> String {
    "keyturn " + words + (options.state.map { " --state \(NextCommand.quoted($0))" } ?? "")
  }

  /// A hint that finds the same state again: where the operator named one, each command in it gets the same `--state`.
  func addressed(_ hint: String) -> String {
    guard let state = options.state, !hint.contains("--state") else { return hint }
    var text = ""
    var rest = hint[...]
    while let start = rest.range(of: "keyturn ") {
      text += rest[..<start.upperBound]
      rest = rest[start.upperBound...]
      let words = Self.commandWords(rest)
      guard !words.isEmpty, !Self.stateless.contains(words) else { continue }
      text += words + " --state " + NextCommand.quoted(state)
      rest = rest.dropFirst(words.count)
    }
    return text + rest
  }

  func addressed(_ failure: Failure) -> Failure {
    var failure = failure
    failure.remedy = failure.hints.map(addressed)
    return failure
  }

  /// What ended a run midway, after what was done before: phase, kid and what stands; the way back among the hints.
  func placed(_ failure: Failure, in rotation: Rotation, _ ledger: any LedgerReader) throws -> Failure {
    var failure = failure
    if !failure.summary.contains(rotation.id.rawValue) {
      let kid = rotation.incoming.map { ", incoming kid \($0.kid)" } ?? ""
      failure.summary =
        "rotation \(rotation.id) is in \(rotation.phase.rawValue)\(kid), where \(rotation.whatStands(at: clock.now())):"
        + " \(failure.summary)"
    }
    let isNamed = failure.remedy.contains { $0.contains("rollback") || $0.contains("--reassert") }
    let way = try Standing(rotation, ledger: ledger, now: clock.now()).wayBack
    if !isNamed, way.possible, way.steps != [.abandon], rotation.rollback == nil, rotation.phase.isOpen {
      failure.remedy = failure.hints + ["or go back with keyturn rollback \(rotation.id) --reason TEXT"]
    }
    return failure
  }

  /// The words of the command at the beginning of `text`, such as `keys adopt`; none where there is no whole one.
  private static func commandWords(_ text: Substring) -> String {
    let words = text.prefix(40).split(separator: " ").map { String($0.prefix { $0.isLetter || $0 == "-" }) }
    return Program.words(of: words)
  }

  /// What needs no state.
  private static let stateless: Set = ["diagnose", "readiness", "rehearse", "simulate", "token", "runbook check"]
}
