internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore

extension HistoryFilter.Outcome: ExpressibleByArgument {}

/// `keyturn history`
struct HistoryCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Every rotation of this state, newest first, and what they come to.",
    discussion: """
      Needs no passphrase and no network, and works while another process holds the state.

      Examples:
        keyturn history
        keyturn history --outcome rolledBack --since 2026-01-01
        keyturn history --client 5f0d1c6e-6a2b-4c1e-9d5a-2f4b8e7a1c30 --json
      """)

  @Option(help: ArgumentHelp("Only rotations of this client.", valueName: "client id"))
  var client: String?
  @Option(help: ArgumentHelp("Only rotations that stand or ended so.", valueName: "outcome"))
  var outcome: HistoryFilter.Outcome?
  @Option(help: ArgumentHelp("Only rotations opened on this day (UTC) or at this hour, or later.", valueName: "time"))
  var since: String?
  @Option(
    help: ArgumentHelp("Only rotations opened up to the end of this day, or before this hour.", valueName: "time"))
  var until: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws { _ = try filter() }

  func run(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else {
      session.console.answer(HistoryReport(rotations: [], missing: session.stateFolder.path))
      return .done
    }
    try session.warnOfState(ledger)
    let found = try ledger.history(filter())
    let known = found.isEmpty ? try ledger.history().count : nil
    session.console.answer(HistoryReport(rotations: found, known: known))
    return .done
  }

  private func filter() throws -> HistoryFilter {
    var filter = HistoryFilter()
    filter.client = client.map { ClientID($0) }
    filter.outcome = outcome
    filter.since = try since.map { try Self.time($0, "--since").start }
    filter.until = try until.map { try Self.time($0, "--until").end }
    if let since = filter.since, let until = filter.until, since >= until {
      throw ValidationError("--since is not before --until: no rotation can lie between")
    }
    return filter
  }

  /// A day in UTC from its first second to the next day's, or one instant.
  private static func time(_ text: String, _ option: String) throws -> (start: Date, end: Date) {
    if let instant = try? Date(text, strategy: .iso8601) { return (instant, instant) }
    if text.count == 10, let day = try? Date(text + "T00:00:00Z", strategy: .iso8601) {
      return (day, day + .seconds(86_400))
    }
    throw ValidationError("\(option) takes a day (2026-11-22) or a time (2026-11-22T19:04:11Z)")
  }
}
