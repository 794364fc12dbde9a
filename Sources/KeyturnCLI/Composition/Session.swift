package import RotationCore
package import RotationStore

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

  /// How a hint names the program, so that it finds the same state again.
  package func commandLine(_ words: String) -> String {
    "keyturn " + words + (options.state.map { " --state \($0)" } ?? "")
  }

  /// The state to look at; nil where there is none yet.
  package func reader() throws(Failure) -> ReadOnlyLedger? { try LedgerFile.openForReading(folder: stateFolder) }
}
