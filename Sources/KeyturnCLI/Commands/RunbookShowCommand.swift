internal import ArgumentParser
internal import RotationCore

/// `keyturn runbook show`
struct RunbookShowCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "The operator's checklist of a runbook as Markdown, with the phase diagram.",
    discussion: """
      Steps, guards and the diagram are printed from the law that the program obeys; times and neighbours from the \
      runbook. Variables named by ${NAME} must be set; no secret is printed.

      Examples:
        keyturn runbook show Runbooks/maskinporten-production.yaml > checklist.md
      """)

  @Argument(help: ArgumentHelp("The runbook.", valueName: "runbook"))
  var runbook: String

  @OptionGroup var global: GlobalOptions

  func validate() throws { try requireRunbook(runbook) }

  func run(_ session: Session) async throws -> ExitStatus {
    let loaded = try LoadedRunbook.file(runbook, session.configuration)
    let checklist = RunbookChecklist(runbook: loaded.runbook, path: runbook, digest: loaded.source.digest)
    if session.console.json {
      session.console.document([
        "schema": "keyturn.checklist/v1", "runbook": .string(runbook), "digest": .string(loaded.source.digest),
        "markdown": .string(checklist.markdown),
      ])
    } else {
      session.console.print(checklist.markdown)
    }
    return .done
  }
}
