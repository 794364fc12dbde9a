internal import Foundation
package import RotationCore

/// Keeps a token until shortly before it ends, and lets callers that want one at the same time share one request. For
/// tokens that are used; a probe never goes through one, since a kept token makes a dead key look alive.
package actor TokenCache: TokenSource {
  /// What is left of a token's life when it is no longer handed out.
  package static let margin = Duration.seconds(30)

  private let source: any TokenSource
  private let clock: any WallClock
  private var kept: AccessToken?
  /// The request that is out, by its number; and who waits for it.
  private var underway: Task<Void, Never>?
  private var flight = 0
  private var waiting: [UUID: CheckedContinuation<ExchangeOutcome, Never>] = [:]

  package init(_ source: any TokenSource, clock: any WallClock) {
    self.source = source
    self.clock = clock
  }

  package func token(observe: @escaping @Sendable (ExchangeEvent) -> Void) async -> ExchangeOutcome {
    await token(margin: Self.margin, observe: observe).outcome
  }

  /// A token with at least `margin` of its life left. A caller that is cancelled gets `timedOut` at once and leaves the
  /// request to the others; with the last of them the request itself is cancelled.
  func token(
    margin: Duration, observe: @escaping @Sendable (ExchangeEvent) -> Void = { _ in }
  ) async -> (outcome: ExchangeOutcome, wasKept: Bool) {
    if let kept, clock.now() + margin < kept.expires { return (.token(kept), true) }
    let caller = UUID()
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { return continuation.resume(returning: Self.cancelled) }
        waiting[caller] = continuation
        if underway == nil { begin(observe) }
      }
    } onCancel: {
      Task { await self.leave(caller) }
    }
    return (outcome, false)
  }

  /// Callers that wait for the request that is out.
  var callers: Int { waiting.count }

  private func begin(_ observe: @escaping @Sendable (ExchangeEvent) -> Void) {
    kept = nil
    flight += 1
    underway = Task { [source, flight] in await land(source.token(observe: observe), flight) }
  }

  /// What a request that nobody waits for any more comes to is dropped.
  private func land(_ outcome: ExchangeOutcome, _ number: Int) {
    guard underway != nil, number == flight else { return }
    underway = nil
    if case .token(let token) = outcome { kept = token }
    let callers = waiting.values
    waiting = [:]
    for caller in callers { caller.resume(returning: outcome) }
  }

  private func leave(_ caller: UUID) {
    guard let continuation = waiting.removeValue(forKey: caller) else { return }
    if waiting.isEmpty {
      underway?.cancel()
      underway = nil
    }
    continuation.resume(returning: Self.cancelled)
  }

  private static let cancelled = ExchangeOutcome.timedOut(
    last: NeighbourTrouble(
      neighbour: MaskinportenClient.neighbour, kind: .unanswered, detail: "the caller cancelled before an answer"))

  /// The token was refused somewhere: the next caller gets another.
  package func drop() { kept = nil }
}
