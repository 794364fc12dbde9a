internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn show`
struct ShowCommand: Verb {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, markdown, html }

  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One rotation's evidence: what was done, seen, proven and waited for.",
    discussion: """
      Everything comes from the ledger and its audit log; nothing is looked at afresh. `keyturn audit prove ENTRY` \
      proves that an entry named here stands in the signed log.

      EXAMPLES
        keyturn show R-20261122-7F3K
        keyturn show R-20261122-7F3K --format markdown > evidence.md
        keyturn show R-20261122-7F3K --json
      """)

  @Argument(help: ArgumentHelp("The rotation, as `keyturn history` names it.", valueName: "rotation"))
  var rotation: String

  @Option(help: ArgumentHelp("text, json or markdown.", valueName: "format"))
  var format = Format.text

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else { throw RotationChoice.noneYet(session) }
    let found = try RotationChoice.require(rotation, in: ledger, session)
    let pack = EvidencePack(
      found, entries: try ledger.entries(of: found.id), signed: try ledger.publishedSize(),
      sealed: try ledger.sealedKeys().map(\.kid))
    switch session.console.json ? .json : format {
    case .text: session.console.print(pack.text(session.console))
    case .json: session.console.document(pack.json)
    case .markdown: session.console.print(pack.markdown)
    case .html:
      throw Failure(
        .inputInvalid, "show --format html is not in this version",
        remedy: ["take --format markdown, which any converter turns into HTML", "or --format json"])
    }
    return .done
  }
}
