internal import Neighbours
internal import RotationCore
private import Synchronization

/// What this process tells of its token exchanges: a structured log, and Sentry where `SENTRY_DSN` is set. Made at
/// first use, once, so that one rate limit holds for the whole process.
package final class Signals: Sendable {
  /// How long an exit may wait for Sentry.
  private static let patience = Duration.seconds(2)

  private let errands = Errands()
  private let made = Mutex<ExchangeSignals?>(nil)

  package init() {}

  /// A `SENTRY_DSN` that is of no use is a warning, said once.
  func exchanges(_ configuration: Configuration) -> ExchangeSignals {
    made.withLock { made in
      if let made { return made }
      let signals = ExchangeSignals(
        logger: StructuredLog.logger("keyturn.maskinporten", configuration), sentry: sentry(configuration))
      made = signals
      return signals
    }
  }

  /// Before the process ends.
  func finish() async { await errands.finish(within: Self.patience) }

  private func sentry(_ configuration: Configuration) -> SentryClient? {
    guard let text = configuration.variable("SENTRY_DSN") else { return nil }
    let console = Console(streams: configuration.streams)
    do throws(Failure) {
      return SentryClient(
        dsn: try SentryDSN(text), transport: try HTTPTransport(version: Program.version, clock: configuration.clock),
        clock: configuration.clock, errands: errands, release: "keyturn@" + Program.version,
        environment: configuration.variable("SENTRY_ENVIRONMENT") ?? configuration.variable("VERCEL_ENV"),
        warn: { console.warning($0) })
    } catch {
      console.warning(error.summary)
      return nil
    }
  }
}
