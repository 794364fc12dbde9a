internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore

/// `keyturn state backup`
struct StateBackupCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Write a consistent copy of the state into a new file (0600).",
    discussion: """
      Works while another command is at work. Needs no passphrase: what is sealed stays sealed.

      Examples:
        keyturn state backup /srv/backup/keyturn-2026-11-22
      """)

  @Argument(help: ArgumentHelp("A file that does not exist yet.", valueName: "file"))
  var file: String

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else { throw RotationChoice.noneYet(session) }
    let path = session.configuration.absolute(file)
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .refused, "\(path) is there already; nothing was written", remedy: ["name a file that does not exist yet"])
    }
    try ledger.backup(to: path)
    session.console.answer(
      StateCopied(verb: "backup", from: session.stateFolder.path, to: path, entries: try ledger.entryCount(), open: []))
    return .done
  }
}

struct StateCopied: Answer {
  var verb: String
  var from: String
  var to: String
  var entries: Int
  /// Rotations that have to be looked at before anything else.
  var open: [RotationID]

  var json: JSONValue {
    [
      "schema": "keyturn.state/v1", "done": .string(verb), "from": .string(from), "to": .string(to),
      "entries": .integer(Int64(entries)), "observe_first": .array(open.map { .string($0.rawValue) }),
    ]
  }

  func text(_ console: Console) -> String {
    let what = "\(from) -> \(to), \(counted(entries, "log entry", "log entries"))"
    if verb == "backup" { return "\(what); private keys are in it as sealed as they are in the state" }
    if open.isEmpty { return "\(what); no rotation was under way" }
    let names = open.map(\.rawValue).joined(separator: ", ")
    return "\(what); what \(names) says of the world may be old: the next command looks before it acts"
  }
}
