package import Logging
internal import Primitives
internal import RotationCore
private import Synchronization

/// What every token exchange leaves behind: breadcrumbs in a structured log and, where an exchange came to nothing, one
/// Sentry event that carries them.
package struct ExchangeSignals: Sendable {
  private let logger: Logger
  private let sentry: SentryClient?

  package init(logger: Logger, sentry: SentryClient?) {
    self.logger = logger
    self.sentry = sentry
  }

  /// For one exchange with `kid`; its end is told by `note`.
  func trail(of kid: KeyID, clock: any WallClock) -> ExchangeTrail {
    ExchangeTrail(kid: kid, clock: clock) { [logger, sentry] trail, breadcrumb in
      logger.log(
        level: breadcrumb.level.forLog, "\(breadcrumb.category.rawValue)",
        metadata: breadcrumb.data.mapValues(\.forLog).merging(trail.marks) { data, _ in data })
      if breadcrumb.category == .exhausted { sentry?.tell(trail) }
    }
  }
}

/// One exchange's breadcrumbs, oldest first. Bounded by the retry budget.
final class ExchangeTrail: Sendable {
  /// Ours, so that the lines of one exchange can be found among others.
  let id = Hex.encode(RandomBytes.make(8))
  let kid: KeyID
  let trace = RequestTrace.current
  private let clock: any WallClock
  private let kept = Mutex<[Breadcrumb]>([])
  private let told: @Sendable (ExchangeTrail, Breadcrumb) -> Void

  init(kid: KeyID, clock: any WallClock, told: @escaping @Sendable (ExchangeTrail, Breadcrumb) -> Void) {
    self.kid = kid
    self.clock = clock
    self.told = told
  }

  var breadcrumbs: [Breadcrumb] { kept.withLock { $0 } }

  func note(_ event: ExchangeEvent, _ outcome: ExchangeOutcome? = nil) {
    let breadcrumb = Breadcrumb(event, outcome, at: clock.now())
    kept.withLock { $0.append(breadcrumb) }
    told(self, breadcrumb)
  }

  fileprivate var marks: Logger.Metadata {
    var marks: Logger.Metadata = ["exchange": .string(id), "kid": .string(kid.rawValue)]
    marks["correlation_id"] = trace?.correlationID.map { .string($0) }
    return marks
  }
}

extension Breadcrumb.Level {
  fileprivate var forLog: Logger.Level {
    switch self {
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}

extension JSONValue {
  fileprivate var forLog: Logger.MetadataValue {
    if case .integer(let number) = self { return .stringConvertible(number) }
    return .string(string ?? "")
  }
}
