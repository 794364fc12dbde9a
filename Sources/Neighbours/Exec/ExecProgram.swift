internal import Foundation
internal import RotationCore

/// An operator's own program as a target: verb in argv, one JSON document on standard input, one on standard output.
/// Secrets go over standard input only.
struct ExecProgram: Sendable {
  static let protocolName = "keyturn-target/1"

  enum Verb: String, Sendable, CaseIterable { case describe, preflight, stage, activate, verify, rollback, cleanup }

  let settings: Runbook.Exec
  let folder: String
  let environment: [String: String]
  let gate: any CallGate

  /// How messages call it.
  var name: String { settings.command.first.map { String($0.split(separator: "/").last ?? "") } ?? "the program" }

  /// What it answered; nil where it says that it does not know the verb (exit 64). Throws `NeighbourTrouble`:
  /// `unreachable` when nothing was done (it could not be started, or exit 75), `rejected` for exit 77, `unanswered` for
  /// every other end: what it did is unknown then.
  func ask(_ verb: Verb, _ members: [String: JSONValue] = [:]) async throws -> ExecAnswer? {
    try gate.enter()
    let answer = try await answer(verb, members)
    try gate.leave()
    return answer
  }

  private func answer(_ verb: Verb, _ members: [String: JSONValue]) async throws(NeighbourTrouble) -> ExecAnswer? {
    var document = members
    document["protocol"] = .string(Self.protocolName)
    document["verb"] = .string(verb.rawValue)
    document["settings"] = .object(settings.settings)
    document["timeout_seconds"] = .integer(settings.timeout.components.seconds)
    let command = ChildCommand(
      argv: settings.command + [verb.rawValue, "--protocol=" + Self.protocolName], folder: folder,
      environment: environment, timeout: min(settings.timeout, gate.lifetime ?? settings.timeout))
    let answer: ChildCommand.Answer
    do throws(ChildFailure) {
      answer = try await command.ask(Array(JSONValue.object(document).canonical))
    } catch {
      throw trouble(error.kind == .notStarted ? .unreachable : .unanswered, "\(verb.rawValue): \(error.reason)")
    }
    let said = answer.said.isEmpty ? "" : ": " + answer.said
    switch answer.code {
    case 0: break
    case 64: return nil
    case 75: throw trouble(.unreachable, "\(verb.rawValue): nothing was done, try later (exit 75)\(said)")
    case 77: throw trouble(.rejected, "\(verb.rawValue): not permitted (exit 77)\(said)")
    default: throw trouble(.unanswered, "\(verb.rawValue) ended with exit code \(answer.code)\(said)")
    }
    guard let value = try? JSONValue(parsing: Data(answer.output)) else {
      let wrote = answer.output.isEmpty ? "nothing" : "\(answer.output.count) bytes that are not one JSON document"
      throw trouble(.unanswered, "\(verb.rawValue) ended well and wrote \(wrote) to standard output\(said)")
    }
    if let named = value["protocol"], named != .string(Self.protocolName) {
      let other = Redaction.line(named.string ?? "something else", limit: 60)
      throw trouble(.unanswered, "\(verb.rawValue) answers in \(other), and \(Self.protocolName) was asked for")
    }
    guard let read = ExecAnswer(value) else {
      throw trouble(.unanswered, "\(verb.rawValue) answers without a status that \(Self.protocolName) knows\(said)")
    }
    return read
  }

  func trouble(_ kind: NeighbourTrouble.Kind, _ detail: String) -> NeighbourTrouble {
    NeighbourTrouble(neighbour: name, kind: kind, detail: Redaction.line(detail, limit: 600))
  }
}

/// A program's document. Members that are not named here are ignored.
struct ExecAnswer: Sendable {
  enum Status: String, Sendable { case done, unchanged, pending, refused, failed }
  enum Holds: String, Sendable { case kid, writeOnly, absent, broken }

  let status: Status
  let message: String
  private let value: JSONValue

  init?(_ value: JSONValue) {
    guard let status = value["status"]?.string.flatMap(Status.init) else { return nil }
    self.status = status
    self.value = value
    message = Redaction.line(value["message"]?.string ?? status.rawValue)
  }

  /// `describe`
  var name: String? { value["name"]?.string.map { Redaction.line($0, limit: 200) } }
  var capabilities: [String] { value["capabilities"]?.array?.compactMap(\.string) ?? [] }
  var reportsLive: Bool { value["reports_live"] == .bool(true) }

  /// `preflight`
  var problems: [String] { lines("problems") }
  /// `preflight` and `cleanup`
  var warnings: [String] { lines("warnings") }

  /// `verify`
  var holds: Holds? { value["holds"]?.string.flatMap(Holds.init) }
  var kid: KeyID? { kid("kid") }
  var live: KeyID? { kid("live") }
  var bookmark: String? { value["bookmark"]?.string }

  /// `activate` and `rollback` that are `pending`: between a fifth of a second and half a minute.
  var retryAfter: Duration {
    .milliseconds(min(max(value["retry_after_ms"]?.integer ?? 2_000, 200), 30_000))
  }

  private func lines(_ member: String) -> [String] {
    value[member]?.array?.compactMap(\.string).map { Redaction.line($0) } ?? []
  }

  private func kid(_ member: String) -> KeyID? {
    value[member]?.string.flatMap(KeyID.init(told:))
  }
}
