internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore

/// `keyturn status`
struct StatusCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Where a rotation stands, whether it is safe to walk away, and what comes next.",
    discussion: """
      Uses no network, no passphrase and no variable of the runbook, and works while another process holds the \
      state. Guards about time are computed for this hour; the others are as last read. Where several rotations are \
      open, it tells shortly of each.

      Examples:
        keyturn status
        keyturn status --watch
        keyturn status R-20261122-7F3K --json
      """)

  @Argument(help: "The rotation (default: the open one, else the last).")
  var rotation: String?
  @Flag(help: "Show it again whenever it changes, until the rotation is over.")
  var watch = false
  @OptionGroup var global: GlobalOptions

  private static let lookEvery = Duration.seconds(1)

  func validate() throws {
    if watch && global.json { throw ValidationError("--watch shows many answers and --json is one: take one") }
  }

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    try RotationChoice.find(rotation, in: ledger)
  }

  func run(_ session: Session) async throws -> ExitStatus {
    if let ledger = try session.reader() { try session.warnOfState(ledger) }
    guard watch else {
      _ = try show(session) { session.console.answer($0) }
      return .done
    }
    let signals = StopSignals(session.stop) { _ in }
    defer { signals.release() }
    var shown = ""
    while true {
      let goesOn = try show(session) { answer in
        let text = answer.text(session.console)
        if text != shown { redraw(text, session) }
        shown = text
      }
      guard goesOn, await session.stop.sleep(until: session.clock.now() + Self.lookEvery, on: session.clock) else {
        return .done
      }
    }
  }

  /// Returns whether anything can still change.
  private func show(_ session: Session, _ answer: (any Answer) -> Void) throws -> Bool {
    let ledger = try session.reader()
    let holder = StateLock.holder(of: session.stateFolder)
    func report(_ rotation: Rotation, in ledger: any LedgerReader) throws -> RotationReport {
      try RotationReport(rotation, ledger: ledger, session: session, holder: holder)
    }
    if rotation == nil, let ledger, case let open = try ledger.rotations().filter(\.isUnderWay), open.count > 1 {
      answer(OpenRotationsReport(reports: try open.map { try report($0, in: ledger) }, session: session))
      return true
    }
    guard let ledger, let found = try RotationChoice.find(rotation, in: ledger) else {
      if let rotation {
        throw Failure(
          .rotationUnknown, "there is no rotation \(rotation)", remedy: [RotationChoice.noneYet(session).summary])
      }
      answer(NoRotationReport(state: session.stateFolder.path, isThere: ledger != nil))
      return watch
    }
    answer(try report(found, in: ledger))
    return !found.phase.isFinal
  }

  private func redraw(_ text: String, _ session: Session) {
    let isTerminal = session.configuration.streams.outIsTerminal
    session.console.print((isTerminal ? "\u{1B}[H\u{1B}[2J" : "") + text + (isTerminal ? "" : "\n"))
  }
}
