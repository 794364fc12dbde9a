import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@testable import Neighbours

@Suite struct TokenCacheTests {
  /// Counts the requests that reach it and holds each until it is let go.
  private final class SlowTokens: TokenSource {
    private let state = Mutex<(count: Int, cancelled: Int, isOpen: Bool)>((0, 0, false))
    private let clock: any WallClock
    var count: Int { state.withLock(\.count) }
    var cancelled: Int { state.withLock(\.cancelled) }

    init(clock: any WallClock, isOpen: Bool = true) {
      self.clock = clock
      state.withLock { $0.isOpen = isOpen }
    }

    func open() { state.withLock { $0.isOpen = true } }

    func token(observe: @escaping @Sendable (ExchangeEvent) -> Void) async -> ExchangeOutcome {
      state.withLock { $0.count += 1 }
      while !state.withLock(\.isOpen) {
        if Task.isCancelled {
          state.withLock { $0.cancelled += 1 }
          return .timedOut(last: NeighbourTrouble(neighbour: "Maskinporten", kind: .unanswered, detail: "cancelled"))
        }
        await Task.yield()
      }
      let now = clock.now()
      return .token(
        AccessToken(
          grant: TokenGrant(kid: "k", at: now, lifetime: 120), value: SecretString("t\(count)"),
          expires: now + .seconds(120)))
    }
  }

  private static func value(_ outcome: ExchangeOutcome) -> String? {
    guard case .token(let token) = outcome else { return nil }
    return token.value.reveal()
  }

  @Test func `callers at one time share one request`() async {
    let clock = ManualClock()
    let source = SlowTokens(clock: clock, isOpen: false)
    let cache = TokenCache(source, clock: clock)
    let values = await withTaskGroup(of: String?.self) { group in
      for _ in 0..<20 { group.addTask { Self.value(await cache.token()) } }
      while source.count == 0 { await Task.yield() }
      for _ in 0..<200 { await Task.yield() }
      source.open()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(source.count == 1)
    #expect(values == Array(repeating: "t1", count: 20))
  }

  @Test func `a caller that is cancelled leaves at once, and the last one takes the request along`() async {
    let clock = ManualClock()
    let source = SlowTokens(clock: clock, isOpen: false)
    let cache = TokenCache(source, clock: clock)
    let first = Task { await cache.token() }
    while source.count == 0 { await Task.yield() }
    let second = Task { await cache.token() }
    while await cache.callers < 2 { await Task.yield() }
    first.cancel()
    #expect(await first.value.failure?.code == .timeout)
    #expect(source.cancelled == 0)
    second.cancel()
    #expect(await second.value.failure?.code == .timeout)
    while source.cancelled == 0 { await Task.yield() }
    let early = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await cache.token()
    }
    #expect(await early.value.failure?.code == .timeout)
    #expect(source.count == 1)
    source.open()
    #expect(Self.value(await cache.token()) == "t2")
  }

  @Test func `a token is kept until its margin and fetched anew after it`() async throws {
    let clock = ManualClock()
    let source = SlowTokens(clock: clock)
    let cache = TokenCache(source, clock: clock)
    _ = await cache.token()
    try await clock.sleep(until: clock.now() + .seconds(89))
    #expect(Self.value(await cache.token()) == "t1")
    try await clock.sleep(until: clock.now() + .seconds(2))
    #expect(Self.value(await cache.token()) == "t2")
    await cache.drop()
    #expect(Self.value(await cache.token()) == "t3")
  }

  @Test func `a proof never goes through a cache`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, _ in Neighbourhood.granted() }) { server in
      let client = neighbourhood.maskinporten(server.url)
      for _ in 0..<3 { _ = await client.attempt(with: signer) }
      #expect(server.requests.count == 3)
    }
  }

  @Test func `a failed request is not kept`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, place in
      place == 0 ? Neighbourhood.refused("invalid_grant", "Expired key", code: "MP-121") : Neighbourhood.granted()
    }) { server in
      let cache = TokenCache(
        LiveTokens(exchange: neighbourhood.exchange(server.url), signer: signer), clock: neighbourhood.clock)
      #expect(await cache.token().failure?.mpCode == "MP-121")
      #expect(Self.value(await cache.token()) == "token-1")
    }
  }

  @Test func `the mock asks nobody`() async {
    let events = Mutex<[ExchangeEvent]>([])
    let outcome = await MockTokens(kid: "k", scopes: ["a:b", "c:d"], clock: ManualClock()).token { event in
      events.withLock { $0.append(event) }
    }
    guard case .token(let token) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(token.grant.scope == "a:b c:d" && token.grant.kid == "k" as KeyID)
    #expect(events.withLock { $0 } == [.start, .success(attempts: 1, duration: .zero)])
  }
}
