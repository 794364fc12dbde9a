internal import Foundation
package import RotationCore

/// One token with a retry budget: 4 attempts (1 and 3 backoffs) on 5xx, 429 and network errors, and on nothing else.
/// For tokens that are to be used; a proof counts single attempts instead.
package struct TokenExchange: Sendable {
  package struct Budget: Sendable {
    package var attempts: Int
    /// All attempts and backoffs together.
    package var deadline: Duration
    /// Full jitter: backoff n lasts up to `min(cap, base * 2^(n-1))`, never shorter than `Retry-After` asks.
    package var base: Duration
    package var cap: Duration

    package init(
      attempts: Int = 4, deadline: Duration = .seconds(45), base: Duration = .seconds(1), cap: Duration = .seconds(8)
    ) {
      self.attempts = attempts
      self.deadline = deadline
      self.base = base
      self.cap = cap
    }
  }

  private let client: MaskinportenClient
  private let clock: any WallClock
  private let budget: Budget
  private let signals: ExchangeSignals?
  private let random: @Sendable () -> Double

  /// `signals` gets the breadcrumbs of every exchange; `random` gives a number from 0 up to 1 for the jitter.
  package init(
    client: MaskinportenClient, clock: any WallClock, budget: Budget = Budget(), signals: ExchangeSignals? = nil,
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.client = client
    self.clock = clock
    self.budget = budget
    self.signals = signals
    self.random = random
  }

  /// Every attempt has an assertion of its own: sent again, the same one would be refused as used (MP-012).
  package func token(
    with signer: any AssertionSigner, observe: @Sendable (ExchangeEvent) -> Void = { _ in }
  ) async -> ExchangeOutcome {
    let start = clock.now()
    let end = start + budget.deadline
    let trail = signals?.trail(of: signer.reference.kid, clock: clock)
    func tell(_ event: ExchangeEvent, _ outcome: ExchangeOutcome? = nil) {
      trail?.note(event, outcome)
      observe(event)
    }
    func finish(_ outcome: ExchangeOutcome, attempts: Int) -> ExchangeOutcome {
      let duration = Duration.seconds(clock.now().timeIntervalSince(start))
      tell(outcome.event(attempts: attempts, duration: duration), outcome)
      return outcome
    }
    tell(.start)
    var attempt = 1
    while true {
      let left = Duration.seconds(end.timeIntervalSince(clock.now()))
      let reply = await client.request(with: signer, within: left)
      let trouble: NeighbourTrouble
      switch reply {
      case .token(let token): return finish(.token(token), attempts: attempt)
      case .refused(let refusal): return finish(.refused(refusal), attempts: attempt)
      case .trouble(let seen): trouble = seen
      }
      // A time-out is a deadline before an answer; 5xx and 429 are answers.
      let isAnswered = trouble.status != nil
      if Task.isCancelled || !isAnswered && clock.now() >= end {
        return finish(.timedOut(last: trouble), attempts: attempt)
      }
      guard let cause = RetryCause(trouble) else { return finish(.failed(trouble), attempts: attempt) }
      guard attempt < budget.attempts else { return finish(.exhausted(trouble), attempts: attempt) }
      let pause = pause(before: attempt, asked: trouble.retryAfter)
      guard clock.now() + pause < end else {
        return finish(
          isAnswered ? .exhausted(trouble.postponed(from: clock.now())) : .timedOut(last: trouble), attempts: attempt)
      }
      tell(.retry(attempt: attempt, cause: cause, pause: pause))
      do { try await clock.sleep(until: clock.now() + pause) } catch {
        return finish(.timedOut(last: trouble), attempts: attempt)
      }
      attempt += 1
    }
  }

  private func pause(before retry: Int, asked: Duration?) -> Duration {
    let ceiling = min(budget.cap, budget.base * (1 << min(retry - 1, 20)))
    return max(asked ?? .zero, ceiling * min(max(random(), 0), 1))
  }
}

extension NeighbourTrouble {
  /// With the hour at which it asks to be called again, `Retry-After` as clamped; that lies beyond the deadline.
  fileprivate func postponed(from now: Date) -> NeighbourTrouble {
    guard let retryAfter else { return self }
    var trouble = self
    trouble.detail += "; come back at \((now + retryAfter).iso8601) at the earliest"
    return trouble
  }
}

/// Why an attempt is made again; the bounded `reason_code` of a breadcrumb.
package enum RetryCause: String, Sendable, Hashable, CaseIterable {
  case serverError = "server_error"
  case rateLimited = "rate_limited"
  case unreachable
  case unanswered

  init?(_ trouble: NeighbourTrouble) {
    switch trouble.kind {
    case .serverError: self = .serverError
    case .rateLimited: self = .rateLimited
    case .unreachable: self = .unreachable
    case .unanswered: self = .unanswered
    case .unusableAnswer, .rejected: return nil
    }
  }
}

/// What happens within one exchange, for breadcrumbs.
package enum ExchangeEvent: Sendable, Hashable {
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case clientError = "client_error"
    case exhausted
    case timeout
  }

  case start
  /// Before the backoff after attempt `attempt` (1 to 3).
  case retry(attempt: Int, cause: RetryCause, pause: Duration)
  case success(attempts: Int, duration: Duration)
  case ended(Outcome, attempts: Int, duration: Duration)
}
