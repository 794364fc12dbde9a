internal import ArgumentParser
internal import RotationCore

/// `keyturn runbook check`
struct RunbookCheckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Every finding of a runbook, with its line and column.",
    discussion: """
      Prints `file:line:column: error: …` for each fault (exit 65) and `file:line:column: warning: …` for what is \
      allowed and may surprise. Variables named by ${NAME} must be set, as for a rotation; their values are never \
      printed.

      Examples:
        keyturn runbook check Runbooks/maskinporten-production.yaml
      """)

  @Argument(help: ArgumentHelp("The runbook.", valueName: "runbook"))
  var runbook: String

  @OptionGroup var global: GlobalOptions

  func validate() throws { try requireRunbook(runbook) }

  func run(_ session: Session) async throws -> ExitStatus {
    do throws(RejectedRunbook) {
      let loaded = try LoadedRunbook.file(runbook, session.configuration)
      session.console.answer(RunbookFindings(path: runbook, errors: [], warnings: loaded.warnings))
      return .done
    } catch {
      session.console.answer(RunbookFindings(path: runbook, errors: error.findings, warnings: []))
      let count = error.findings.count
      session.console.error(
        "\(runbook) has \(count) \(count == 1 ? "fault" : "faults")",
        hints: ["correct what is named, then run keyturn runbook check \(NextCommand.quoted(runbook))"])
      return .badInput
    }
  }
}

extension Verb {
  /// An empty name is no file, and stands for no folder either.
  func requireRunbook(_ path: String) throws {
    if path.isEmpty { throw ValidationError("RUNBOOK takes a file, and the name given is empty") }
  }
}

/// `keyturn.runbook/v1`
struct RunbookFindings: Answer {
  var path: String
  var errors: [RunbookFinding]
  var warnings: [RunbookFinding]

  var json: JSONValue {
    [
      "schema": "keyturn.runbook/v1", "runbook": .string(path), "ok": .bool(errors.isEmpty),
      "findings": .array(all.map { Self.document($0.severity, $0.finding) }),
    ]
  }

  private static func document(_ severity: String, _ finding: RunbookFinding) -> JSONValue {
    [
      "severity": .string(severity), "line": .integer(Int64(finding.line)),
      "column": .integer(Int64(finding.column)), "message": .string(finding.message),
    ]
  }

  func text(_ console: Console) -> String {
    let lines = all.map { "\(path):\($0.finding.line):\($0.finding.column): \($0.severity): \($0.finding.message)" }
    return (errors.isEmpty ? lines + ["\(path): ok"] : lines).joined(separator: "\n")
  }

  private var all: [(severity: String, finding: RunbookFinding)] {
    (errors.map { ("error", $0) } + warnings.map { ("warning", $0) }).sorted { $0.1 < $1.1 }
  }
}
