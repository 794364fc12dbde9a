import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@testable import Neighbours

@Suite struct TokenExchangeTests {
  private final class Events: Sendable {
    private let seen = Mutex<[ExchangeEvent]>([])
    var all: [ExchangeEvent] { seen.withLock { $0 } }
    func note(_ event: ExchangeEvent) { seen.withLock { $0.append(event) } }
  }

  private func run(
    random: @escaping @Sendable () -> Double = { 0.5 },
    _ answer: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Reply
  ) async throws -> (outcome: ExchangeOutcome, events: [ExchangeEvent], requests: [LoopbackServer.Request]) {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    let events = Events()
    return try await withServer(answer) { server in
      let outcome = await neighbourhood.exchange(server.url, random: random).token(with: signer) { events.note($0) }
      return (outcome, events.all, server.requests)
    }
  }

  @Test func `three kinds of trouble are ridden out with fresh assertions`() async throws {
    let (outcome, events, requests) = try await run { _, place in
      [.with(503, ""), .with(429, "", ["Retry-After": "9"]), .raw("")][safe: place] ?? Neighbourhood.granted()
    }
    guard case .token = outcome else { throw POSIXError(.EPROTO) }
    #expect(
      events == [
        .start, .retry(attempt: 1, cause: .serverError, pause: .milliseconds(500)),
        .retry(attempt: 2, cause: .rateLimited, pause: .seconds(9)),
        .retry(attempt: 3, cause: .unanswered, pause: .seconds(2)), .success(attempts: 4, duration: .seconds(11.5)),
      ])
    let identifiers = try requests.map { try parts(of: #require($0.form["assertion"])).claims["jti"] }
    #expect(requests.count == 4 && Set(identifiers).count == 4)
  }

  @Test func `four attempts are all there are`() async throws {
    let (outcome, events, requests) = try await run { _, _ in .with(500, "") }
    #expect(requests.count == 4)
    #expect(outcome.failure?.code == .transientUpstreamFailure)
    #expect(events.last == .ended(.exhausted, attempts: 4, duration: .seconds(3.5)))
  }

  @Test(arguments: [400, 401, 403, 404]) func `a refusal is never tried again`(status: Int) async throws {
    let (outcome, events, requests) = try await run { _, _ in
      Neighbourhood.refused("invalid_grant", "Invalid JWT signature (trace_id: abc)", code: "MP-124", status: status)
    }
    #expect(requests.count == 1)
    #expect(outcome.failure?.mpCode == "MP-124")
    #expect(outcome.failure?.traceID == "abc")
    #expect(events == [.start, .ended(.clientError, attempts: 1, duration: .zero)])
  }

  @Test func `an answer outside the protocol is not tried again`() async throws {
    let (outcome, events, requests) = try await run { _, _ in .with(302, "") }
    #expect(requests.count == 1)
    #expect(outcome.failure?.code == .transientUpstreamFailure)
    #expect(events.last == .ended(.exhausted, attempts: 1, duration: .zero))
  }

  @Test func `jitter spans from nothing to the doubled ceiling`() async throws {
    for (number, pauses) in [(0.0, [0, 0, 0]), (1.0, [1, 2, 4])] {
      let (_, events, _) = try await run(random: { number }) { _, _ in .with(500, "") }
      let seen = events.compactMap { if case .retry(_, _, let pause) = $0 { pause } else { nil } }
      #expect(seen == pauses.map { .seconds($0) })
    }
  }

  @Test(arguments: [(503, "60"), (429, "60"), (429, "999999999999")])
  func `an answer that asks for more time than there is ends it as exhausted`(status: Int, wait: String) async throws {
    let (outcome, events, requests) = try await run { _, _ in .with(status, "", ["Retry-After": wait]) }
    #expect(requests.count == 1)
    #expect(outcome.failure?.code == .transientUpstreamFailure)
    #expect(events == [.start, .ended(.exhausted, attempts: 1, duration: .zero)])
    let back = (ManualClock().now() + .seconds(60)).iso8601
    #expect(outcome.failure?.cause?.contains("come back at \(back)") == true, "\(outcome.failure?.cause ?? "")")
    #expect(outcome.failure?.summary.contains("limits our rate") == (status == 429))
  }

  @Test func `a deadline before an answer ends it as a time-out`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, _ in .raw("") }) { server in
      let exchange = neighbourhood.exchange(server.url, deadline: .milliseconds(1_600), random: { 1 })
      let events = Events()
      let outcome = await exchange.token(with: signer) { events.note($0) }
      #expect(outcome.failure?.code == .timeout)
      #expect(server.requests.count == 2)
      #expect(events.all.last == .ended(.timeout, attempts: 2, duration: .seconds(1)))
    }
  }

  @Test func `a refusal is told without the words of a program`() async throws {
    let (outcome, _, _) = try await run { _, _ in .with(401, "") }
    #expect(outcome.failure?.summary.contains("(") == false)
    let (unknown, _, _) = try await run { _, _ in
      Neighbourhood.refused("invalid_grant", "Unknown key identifier (kid) for client", code: "MP-100", status: 400)
    }
    #expect(unknown.failure?.summary.hasSuffix(": unknown kid") == true)
  }

  @Test func `cancelling ends it as a time-out`() async throws {
    let neighbourhood = try Neighbourhood(answer: .seconds(60))
    let signer = try Signer.app()
    try await withServer({ _, _ in .stall(after: "") }) { server in
      let exchange = neighbourhood.exchange(server.url)
      let events = Events()
      let call = Task { await exchange.token(with: signer) { events.note($0) } }
      while server.requests.isEmpty { await Task.yield() }
      call.cancel()
      #expect(await call.value.failure?.code == .timeout)
      #expect(server.requests.count == 1)
      #expect(events.all == [.start, .ended(.timeout, attempts: 1, duration: .zero)])
    }
  }

  @Test func `cancelling a backoff ends it as a time-out`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, _ in .with(503, "") }) { server in
      let exchange = neighbourhood.exchange(server.url)
      let events = Events()
      let call = Task {
        await exchange.token(with: signer) { event in
          events.note(event)
          if case .retry = event { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
      #expect(await call.value.failure?.code == .timeout)
      #expect(server.requests.count == 1)
      #expect(events.all.last == .ended(.timeout, attempts: 1, duration: .zero))
    }
  }

  @Test func `a key that cannot sign is the client's error`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = BrokenSigner(reference: try Signer.app().reference)
    let outcome = await neighbourhood.exchange("http://127.0.0.1:1").token(with: signer)
    #expect(outcome.failure?.code == .keyUnusable)
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
