internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore
internal import TransparencyLog

/// `keyturn show`
struct ShowCommand: Verb {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, markdown, html }

  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One rotation's evidence: what was done, seen, proven and waited for.",
    discussion: """
      Everything comes from the ledger and its audit log; nothing is looked at afresh. `keyturn audit prove ENTRY` \
      proves that an entry named here stands in the signed log.

      Examples:
        keyturn show R-20261122-7F3K
        keyturn show R-20261122-7F3K --format html > evidence.html
        keyturn show R-20261122-7F3K --format markdown > evidence.md
        keyturn show R-20261122-7F3K --json
      """)

  @Argument(help: ArgumentHelp("The rotation, as `keyturn history` names it.", valueName: "rotation"))
  var rotation: String

  @Option(help: ArgumentHelp("text, json, markdown or html.", valueName: "format"))
  var format = Format.text

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else { throw RotationChoice.noneYet(session) }
    try session.warnOfState(ledger)
    let found = try RotationChoice.require(rotation, in: ledger, session)
    guard try ledger.disagreements(of: found.id).isEmpty else {
      throw Failure(
        .stateDamaged, "what the store says of rotation \(found.id) is not what was stored with its last log entry",
        remedy: ["keyturn audit verify names what differs", "keyturn audit export DIR writes the log's own entries"])
    }
    let pack = EvidencePack(
      found, entries: try ledger.entries(of: found.id),
      seal: try ledger.seal(LogFolder(path: session.stateFolder.logPath)),
      sealed: try ledger.sealedKeys().map(\.kid), version: Program.version)
    switch session.console.json ? .json : format {
    case .text: session.console.print(pack.text(session.console))
    case .json: session.console.document(pack.json)
    case .markdown: session.console.print(pack.markdown)
    case .html: session.console.print(pack.html)
    }
    return .done
  }
}

extension StoredLedger {
  /// The last checkpoint that was signed, as the database remembers it, else as the folder has it; nil where there is none
  /// whose signature holds, which `audit verify` tells more about.
  fileprivate func seal(_ folder: LogFolder) throws -> EvidencePack.Seal? {
    guard let key = try logKey(), let note = try publishedNote() ?? folder.checkpoint() else { return nil }
    let verifier = try VerifierKey(name: key.name, publicKey: key.publicKey)
    guard let checkpoint = try? Checkpoint(note: note, signedBy: verifier) else { return nil }
    return EvidencePack.Seal(
      size: checkpoint.size, root: checkpoint.root.base64, note: String(decoding: note, as: UTF8.self),
      key: verifier.line)
  }
}
