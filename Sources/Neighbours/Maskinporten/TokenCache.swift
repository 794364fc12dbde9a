package import RotationCore

/// Keeps a token until shortly before it ends, and lets callers that want one at the same time share one request. For
/// tokens that are used; a probe never goes through one, since a kept token makes a dead key look alive.
package actor TokenCache: TokenSource {
  /// What is left of a token's life when it is no longer handed out.
  package static let margin = Duration.seconds(30)

  private let source: any TokenSource
  private let clock: any WallClock
  private var kept: AccessToken?
  private var underway: Task<ExchangeOutcome, Never>?

  package init(_ source: any TokenSource, clock: any WallClock) {
    self.source = source
    self.clock = clock
  }

  package func token(observe: @escaping @Sendable (ExchangeEvent) -> Void) async -> ExchangeOutcome {
    await token(margin: Self.margin, observe: observe).outcome
  }

  /// A token with at least `margin` of its life left. A caller that is cancelled leaves the request to the others.
  func token(
    margin: Duration, observe: @escaping @Sendable (ExchangeEvent) -> Void = { _ in }
  ) async -> (outcome: ExchangeOutcome, wasKept: Bool) {
    if let kept, clock.now() + margin < kept.expires { return (.token(kept), true) }
    if let underway { return (await underway.value, false) }
    let task = Task { [source] in await source.token(observe: observe) }
    (kept, underway) = (nil, task)
    let outcome = await task.value
    underway = nil
    if case .token(let token) = outcome { kept = token }
    return (outcome, false)
  }

  /// The token was refused somewhere: the next caller gets another.
  package func drop() { kept = nil }
}
