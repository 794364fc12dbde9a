internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn state restore`
struct StateRestoreCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a state from a copy; only where there is none.",
    discussion: """
      Refused where a state is already. Processes that still hold the old one can write nothing any more, and every \
      rotation that was under way is looked at before anything else. The restore itself goes on record.

      Examples:
        keyturn state restore /srv/backup/keyturn-2026-11-22 --state state
      """)

  @Argument(help: ArgumentHelp("A file that `state backup` wrote.", valueName: "file"))
  var file: String

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let folder = session.stateFolder
    let path = session.configuration.absolute(file)
    try LedgerFile.checkBackup(path)
    try folder.prepare()
    let lock = try StateLock(
      folder: folder,
      holder: StateLock.Holder(
        operatorName: session.operatorName, pid: session.configuration.process, host: session.configuration.host,
        since: session.clock.now(), command: session.command))
    defer { lock.release() }
    let now = session.clock.now()
    let open = try LedgerFile.restore(from: path, into: folder, lock: lock, at: now) { open in
      LogEntry(
        at: now, operator: session.operatorName, rotation: nil, phase: nil, event: "state_restored",
        details: ["observe_first": .array(open.map { .string($0.rawValue) })])
    }
    let entries = try session.reader()?.entryCount() ?? 0
    session.console.answer(StateCopied(verb: "restore", from: path, to: folder.path, entries: entries, open: open))
    return .done
  }
}
