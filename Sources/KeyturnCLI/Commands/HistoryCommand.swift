internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn history`
struct HistoryCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Every rotation of this state, newest first.",
    discussion: """
      Needs no passphrase and no network, and works while another process holds the state.

      EXAMPLES
        keyturn history
        keyturn history --json
      """)

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    session.console.answer(HistoryReport(rotations: try session.reader()?.rotations() ?? []))
    return .done
  }
}
