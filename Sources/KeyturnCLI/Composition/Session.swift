package import RotationCore
package import RotationStore
internal import TransparencyLog

/// One run of one command: what it was started with, what was asked for, and how it speaks.
package struct Session: Sendable {
  package let configuration: Configuration
  package let options: GlobalOptions
  package let console: Console
  /// The command as typed, without its arguments' values; for the lock's holder.
  package let command: String

  package init(_ configuration: Configuration, _ options: GlobalOptions, command: String) {
    self.configuration = configuration
    self.options = options
    self.command = command
    let isPlain =
      options.noColor || configuration.variable("NO_COLOR") != nil || configuration.environment["TERM"] == "dumb"
    console = Console(streams: configuration.streams, json: options.json, colour: !isPlain)
  }

  package var clock: any WallClock { configuration.clock }
  package var stop: StopSignal { configuration.stop }

  package var stateFolder: StateFolder {
    StateFolder(path: configuration.absolute(options.state ?? configuration.variable("KEYTURN_STATE") ?? "state"))
  }

  /// Who acts, for the record.
  package var operatorName: String {
    let name = options.operatorName ?? configuration.variable("KEYTURN_OPERATOR") ?? configuration.userAtHost
    return GlobalOptions.isName(name) ? name : configuration.userAtHost
  }

  /// The state to look at; nil where there is none yet. Throws where that cannot be told, and where the ledger is gone.
  package func reader() throws -> ReadOnlyLedger? {
    if let ledger = try LedgerFile.openForReading(folder: stateFolder) { return ledger }
    try refuseLostLedger()
    return nil
  }

  /// A state without its database, though the log of one lies there, is not a new one: what was done is not known.
  func refuseLostLedger() throws {
    let log = LogFolder(path: stateFolder.logPath)
    let published = try log.claimedSize()
    guard try published > 0 || log.checkpoint() != nil || !log.tiles().isEmpty else { return }
    var failure = Failure.logStoreSmaller(stored: 0, published: published)
    failure.summary = "\(stateFolder.databasePath) is gone: \(failure.summary)"
    throw failure
  }

  /// For commands that only look: a database that is damaged somewhere, or older than its log, is told, not refused.
  func warnOfState(_ ledger: ReadOnlyLedger) throws {
    if let damage = ledger.damage() {
      let finding = damage.cause.map { " (\($0))" } ?? ""
      console.warning(damage.summary + finding + ": what is told from it may be wrong, or not all")
      for hint in damage.hints { console.hint(hint) }
    }
    let published = (try? LogFolder(path: stateFolder.logPath).claimedSize()) ?? 0
    let stored = try ledger.entryCount()
    guard stored < published else { return }
    let failure = Failure.logStoreSmaller(stored: stored, published: published)
    console.warning(failure.summary + ": what was done since is not in it")
    for hint in failure.hints { console.hint(addressed(hint)) }
  }
}
