package import Foundation
package import RotationCore

/// An answer that a command gives: one JSON document, or text for people.
package protocol Answer {
  var json: JSONValue { get }
  /// Without a final line break.
  func text(_ console: Console) -> String
}

/// Everything that the program says. Standard output has the answer and nothing else: text, or with `--json` exactly
/// one JSON document. Progress, notes, prompts and errors go to standard error.
package struct Console: Sendable {
  package let streams: Streams
  package let json: Bool
  private let colour: Bool

  package init(streams: Streams, json: Bool = false, colour: Bool = false) {
    self.streams = streams
    self.json = json
    self.colour = colour
  }

  // MARK: Speaking

  package func answer(_ answer: some Answer) {
    if json { document(answer.json) } else { print(answer.text(self)) }
  }

  /// Text on standard output; nothing with `--json`.
  package func print(_ text: String) {
    if !json { streams.out(text + "\n") }
  }

  package func document(_ value: JSONValue) { streams.out(String(decoding: value.canonical, as: UTF8.self) + "\n") }

  package func progress(_ text: String) { streams.err(text + "\n") }

  package func note(_ text: String) { streams.err("keyturn: note: \(Self.oneLine(text))\n") }

  package func warning(_ text: String) { streams.err("keyturn: warning: \(Self.oneLine(text))\n") }

  /// What happened, then a hint a line: never one without the other.
  package func error(_ failure: Failure) {
    error(failure.summary, hints: failure.hints, cause: failure.cause)
    if let trace = failure.traceID, !failure.summary.contains(trace) {
      streams.err("keyturn: note: Maskinporten's trace id is \(trace)\n")
    }
  }

  package func error(_ summary: String, hints: [String], cause: String? = nil) {
    let cause = cause.map { " (\($0))" } ?? ""
    streams.err("\(ink(.red, onError: true, "keyturn: error:")) \(Self.oneLine(summary + cause))\n")
    for text in hints { hint(text) }
  }

  package func hint(_ text: String) { streams.err("keyturn: hint: \(Self.oneLine(text))\n") }

  private static func oneLine(_ text: String) -> String {
    HiddenFlaw.visible(text.split(whereSeparator: \.isNewline).joined(separator: " ")).onOneLine
  }

  // MARK: Asking

  /// Asks on a terminal. Throws a refusal that names `flag` where nobody can answer.
  package func confirm(_ question: String, flag: String) throws(Failure) -> Bool {
    guard streams.canAsk else {
      throw Failure(
        .refused, "\(question)? Nobody is at a terminal to say yes, and nothing was changed",
        remedy: ["say yes with \(flag)"])
    }
    streams.err("\(question)? [y/N] ")
    let answer = streams.readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
    return answer == "y" || answer == "yes"
  }

  /// Asks for a secret without echo; nil where nobody can answer.
  package func secret(_ prompt: String) -> SecretString? {
    guard streams.canAsk else { return nil }
    streams.err(prompt + ": ")
    defer { streams.err("\n") }
    return streams.readSecret()
  }

  // MARK: Writing

  /// UTC first, then the hour as people here say it: `2026-11-22T19:04:11Z (Sun 22 Nov 20:04 CET)`.
  package func moment(_ date: Date) -> String {
    date.iso8601 + (streams.localTime(date).map { " (\($0))" } ?? "")
  }

  package enum Ink: Int { case bold = 1, faint = 2, red = 31, green = 32, yellow = 33 }

  /// Coloured on a terminal, plain elsewhere. `onError`: goes to standard error.
  package func ink(_ ink: Ink, onError: Bool = false, _ text: String) -> String {
    guard colour, onError ? streams.errIsTerminal : streams.outIsTerminal else { return text }
    return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
  }
}

extension Failure {
  /// What to do next; never empty.
  package var hints: [String] {
    if !remedy.isEmpty { return remedy }
    return switch ExitStatus(code) {
    case .refused, .badInput, .usage: ["nothing was changed; correct what is named, then run it again"]
    case .unreachable, .busy: ["run it again later; keyturn status tells where the rotation stands"]
    case .done, .failed, .midway, .waiting, .wentBack: ["keyturn status tells where the rotation stands"]
    }
  }

  /// Every member, nulls included (contract, section 7).
  package var json: JSONValue {
    [
      "code": .string(code.rawValue), "summary": .string(summary), "remedy": .array(hints.map { .string($0) }),
      "cause": cause.map { .string($0) } ?? .null, "trace_id": traceID.map { .string($0) } ?? .null,
      "mp_code": mpCode.map { .string($0) } ?? .null,
    ]
  }
}
