internal import ArgumentParser
internal import Foundation
internal import RotationCore

/// `keyturn diagnose`
struct DiagnoseCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "diagnose", abstract: "Why Maskinporten gives no token: five steps, to the first that explains it.",
    discussion: """
      1 readiness of the environment, 2 this host's clock, 3 kid against the portal and by token, 4 issuer and token \
      endpoint against the metadata, 5 revocation, with a text for Digdir's support. It makes one token exchange \
      with the process environment and explains what came of it; with --error it explains what was pasted: an \
      answer's JSON, Maskinporten's error, log lines, a Sentry event (the last MiB of it), and the exchange says \
      whether it still happens. --runbook lets it read the portal, and says which addresses belong here. It changes \
      nothing. Exit 0: nothing is wrong, or no longer, or the environment is not a live one; 1: the cause is named, \
      be it a prerequisite that fails, or nothing explains the failure.

      Examples:
        keyturn diagnose
        keyturn diagnose --runbook Runbooks/maskinporten-production.yaml --json
        keyturn diagnose --error alert.json
        journalctl -u app | grep MASKINPORTEN | keyturn diagnose --error -
      """)

  @Option(help: ArgumentHelp("What to explain; - is standard input.", valueName: "file"))
  var error: String?
  @Option(
    help: ArgumentHelp("A runbook, for its portal, addresses and trust anchors.", valueName: "runbook"),
    completion: .file(extensions: ["yaml", "yml"]))
  var runbook: String?
  @Option(
    name: .customLong("altinn-exchange"),
    help: ArgumentHelp("Hand a token to Altinn's exchange at this address.", valueName: "url"))
  var altinnExchange: String?
  @OptionGroup var asked: ScopeOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard let altinnExchange,
      let problem = LiveEnvironment.problem(ofAddress: altinnExchange, .httpsOrLoopback)
    else { return }
    throw ValidationError("--altinn-exchange takes an https URL, http for loopback alone: \(problem)")
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let gatherer = DiagnosisGatherer(
      session: session, pasted: try error.map { try read($0, session) }, runbook: runbook,
      scopes: asked.scopes(session.configuration), deadline: .seconds(asked.deadline), altinnExchange: altinnExchange)
    let diagnosis = Diagnosis(try await gatherer.gather())
    session.console.answer(DiagnosisReport(diagnosis: diagnosis))
    if let cause = diagnosis.cause {
      session.console.error(cause.id + ": " + cause.summary, hints: cause.fix)
      return .failed
    }
    guard diagnosis.failure != nil, !diagnosis.isOver else { return .done }
    session.console.error(
      "nothing that was looked at explains the failure",
      hints: ["run it where the failing process runs, with its environment, and with --runbook RUNBOOK"])
    return .failed
  }

  private func read(_ path: String, _ session: Session) throws(Failure) -> String {
    let pasted = try PastedText(path == "-" ? path : session.configuration.absolute(path), session.configuration)
    if pasted.omitted > 0 {
      session.console.note(
        "only the last \(PastedText.limit >> 20) MiB was read; \(pasted.omitted) bytes before it were not")
    }
    return pasted.text
  }
}
