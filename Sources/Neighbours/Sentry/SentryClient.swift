internal import Foundation
package import RotationCore
private import Synchronization

/// Sends one event for each exchange that came to nothing. Nobody waits for it, and nothing that becomes of it is a
/// failure: what cannot be sent is dropped, and said once.
package final class SentryClient: Sendable {
  static let neighbour = "Sentry"
  /// More than these at once are dropped.
  static let mostAtOnce = 4

  private struct State {
    var limits = SentryLimits()
    var underWay = 0
    var hasSpoken = false
  }

  private let dsn: SentryDSN
  private let transport: HTTPTransport
  private let clock: any WallClock
  private let errands: Errands
  private let release: String
  private let environment: String?
  private let limit: Duration
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// `limit` bounds one call; `warn` takes a line for the operator.
  package init(
    dsn: SentryDSN, transport: HTTPTransport, clock: any WallClock, errands: Errands, release: String,
    environment: String? = nil, limit: Duration = .seconds(3), warn: @escaping @Sendable (String) -> Void
  ) {
    self.dsn = dsn
    self.transport = transport
    self.clock = clock
    self.errands = errands
    self.release = release
    self.environment = environment
    self.limit = limit
    self.warn = warn
  }

  /// Returns at once.
  func tell(_ trail: ExchangeTrail) {
    let now = clock.now()
    let isWanted = state.withLock { state in
      guard !state.limits.forbidEvents(at: now), state.underWay < Self.mostAtOnce else { return false }
      state.underWay += 1
      return true
    }
    guard isWanted else { return }
    let event = SentryEvent(trail, release: release, environment: environment)
    errands.begin {
      await self.send(event)
      self.state.withLock { $0.underWay -= 1 }
    }
  }

  private func send(_ event: SentryEvent) async {
    var call = HTTPCall.post(
      dsn.endpoint, event.envelope(sentAt: clock.now()), as: "application/x-sentry-envelope")
    call.headers.append(
      (
        "X-Sentry-Auth",
        "Sentry sentry_version=7, sentry_client=\(release.replacing("@", with: "/")), sentry_key=\(dsn.publicKey)"
      ))
    call.within = limit
    call.readable = [429]
    do {
      let answer = try await transport.send(call, to: Self.neighbour)
      state.withLock { $0.limits.take(answer, at: clock.now()) }
      if !answer.isSuccess { say("answered \(answer.status)") }
    } catch { say(error.detail) }
  }

  private func say(_ detail: String) {
    let isFirst = state.withLock { state in
      defer { state.hasSpoken = true }
      return !state.hasSpoken
    }
    if isFirst { warn("Sentry did not take an event (\(detail)); nothing else is changed by that") }
  }
}
