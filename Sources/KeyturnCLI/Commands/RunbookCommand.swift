internal import ArgumentParser
internal import RotationCore

/// `keyturn runbook`
struct RunbookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runbook",
    abstract: "Check a runbook, print it as a checklist, or draw the phases.",
    discussion: """
      Examples:
        keyturn runbook check Runbooks/maskinporten-production.yaml
        keyturn runbook show Runbooks/maskinporten-production.yaml > checklist.md
        keyturn runbook diagram
      """,
    subcommands: [RunbookCheckCommand.self, RunbookShowCommand.self, RunbookDiagramCommand.self])
}

/// `keyturn runbook diagram`
struct RunbookDiagramCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "diagram", abstract: "The phases and steps as a Mermaid diagram, printed from the law itself.",
    discussion: """
      Examples:
        keyturn runbook diagram
      """)

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let diagram = PhaseDiagram.mermaid()
    if session.console.json {
      session.console.document(["schema": "keyturn.diagram/v1", "mermaid": .string(diagram)])
    } else {
      session.console.print(diagram)
    }
    return .done
  }
}
