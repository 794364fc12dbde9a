internal import ArgumentParser

/// `keyturn state`
struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state",
    abstract: "Copy the whole state while it is in use, and make a state from a copy.",
    discussion: """
      A copy holds every rotation, the audit log's entries and the sealed private keys, as they are: keep it as safe \
      as the state, and apart from its passphrase. A key that is destroyed later stays in older copies.

      Examples:
        keyturn state backup /srv/backup/keyturn-2026-11-22
        keyturn state restore /srv/backup/keyturn-2026-11-22 --state state
      """,
    subcommands: [StateBackupCommand.self, StateRestoreCommand.self])
}
