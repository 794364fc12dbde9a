import Foundation
import Logging
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@testable import Neighbours

/// Against a sink on loopback that takes envelopes apart.
@Suite struct SentryTests {
  /// A whole envelope by the format's own rules: lines end in `\n`, the item's length counts bytes.
  struct Envelope {
    var header: JSONValue
    var item: JSONValue
    var event: JSONValue

    init(_ body: String) throws {
      let bytes = Data(body.utf8)
      let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2)
      try #require(lines.count == 3)
      header = try JSONValue(parsing: lines[0])
      item = try JSONValue(parsing: lines[1])
      let length = Int(try #require(item["length"]?.integer))
      try #require(lines[2].count == length + 1 && lines[2].last == UInt8(ascii: "\n"))
      event = try JSONValue(parsing: lines[2].prefix(length))
    }
  }

  private final class Warnings: Sendable {
    private let said = Mutex<[String]>([])
    var all: [String] { said.withLock { $0 } }
    func hear(_ line: String) { said.withLock { $0.append(line) } }
  }

  /// A Sentry and a token endpoint that refuses everything, on one server.
  private struct World {
    let neighbourhood: Neighbourhood
    let errands = Errands()
    let warnings = Warnings()
    let exchange: TokenExchange

    init(sink: String, tokens: String, limit: Duration = .seconds(20)) throws {
      neighbourhood = try Neighbourhood()
      let dsn = try SentryDSN(sink.replacing("http://", with: "http://public1@") + "/base/42")
      let client = SentryClient(
        dsn: dsn, transport: neighbourhood.transport, clock: neighbourhood.clock, errands: errands,
        release: "keyturn@1.2.3", environment: "production", limit: limit, warn: { [warnings] in warnings.hear($0) })
      exchange = TokenExchange(
        client: neighbourhood.maskinporten(tokens), clock: neighbourhood.clock,
        signals: ExchangeSignals(
          logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), sentry: client),
        random: { 0.5 })
    }

    func fail() async throws {
      let signer = try Signer.app()
      _ = await exchange.token(with: signer)
      await errands.finish(within: .seconds(60))
    }
  }

  private static let refused = Neighbourhood.refused(
    "invalid_grant", "Invalid JWT signature eyJhbGciOi.eyJzZWNyZXQi.c2ln (trace_id: abc123)", code: "MP-124",
    status: 401)

  @Test(arguments: [
    ("https://abc@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/api/42/envelope/"),
    ("https://abc:obsolete@sentry.example:8443/some/path/7", "https://sentry.example:8443/some/path/api/7/envelope/"),
    ("http://abc@127.0.0.1:9000/1", "http://127.0.0.1:9000/api/1/envelope/"),
    ("https://abc@sentry.example/1/", "https://sentry.example/api/1/envelope/"),
  ])
  func `a DSN says where envelopes go`(text: String, endpoint: String) throws {
    let dsn = try SentryDSN(text)
    #expect(dsn.endpoint == endpoint)
    #expect(dsn.publicKey == "abc")
  }

  @Test(arguments: [
    "", "nonsense-s3cret", "https://sentry.example/1?s3cret", "https://s3cret@sentry.example/",
    "http://s3cret@sentry.example/1", "ftp://s3cret@sentry.example/1", "https://@sentry.example/s3cret",
    "https://s3cret%0A@sentry.example/1", "https://s3cret@sentry.example/1?x=1",
  ])
  func `a DSN of no use is named as such and not repeated`(text: String) throws {
    let failure = #expect(throws: Failure.self) { try SentryDSN(text) }
    #expect(failure?.summary.contains("SENTRY_DSN") == true)
    #expect(failure?.summary.contains("s3cret") == false)
  }

  @Test func `an exchange that came to nothing is one event with every breadcrumb and no secret`() async throws {
    let trace = RequestTrace.span(under: nil, correlationID: "c-9")
    let assertions = Mutex<[String]>([])
    try await withServer({ request, _ in
      guard request.line.contains("/token") else { return .json(200, #"{"id":"x"}"#) }
      return assertions.withLock { seen in
        seen.append(request.form["assertion"] ?? "")
        return seen.count < 3 ? .with(503, "") : Self.refused
      }
    }) { server in
      let world = try World(sink: server.url, tokens: server.url)
      try await RequestTrace.$current.withValue(trace) { try await world.fail() }
      let request = try #require(server.requests.last)
      #expect(server.requests.count == 4)
      #expect(request.line == "POST /base/api/42/envelope/ HTTP/1.1")
      #expect(request.headers["content-type"] == "application/x-sentry-envelope")
      #expect(
        request.headers["x-sentry-auth"]
          == "Sentry sentry_version=7, sentry_client=keyturn/1.2.3, sentry_key=public1")
      #expect(request.headers["x-correlation-id"] == "c-9")
      let envelope = try Envelope(request.body)
      #expect(envelope.item["type"] == "event")
      #expect(envelope.header["event_id"] == envelope.event["event_id"])
      #expect(envelope.header["event_id"]?.string?.wholeMatch(of: #/[0-9a-f]{32}/#) != nil)
      #expect(envelope.event["platform"] == "other")
      #expect(envelope.event["level"] == "error")
      #expect(envelope.event["environment"] == "production")
      #expect(envelope.event["release"] == "keyturn@1.2.3")
      #expect(envelope.event["fingerprint"] == ["token_request_exhausted", "client_error", "wrong_signature"])
      #expect(envelope.event["contexts"]?["trace"]?["trace_id"]?.string == trace.context?.traceID)
      let tags = try #require(envelope.event["tags"])
      #expect(tags["outcome"] == "client_error" && tags["error_code"] == "MASKINPORTEN_AUTH_FAILED")
      #expect(tags["mp_code"] == "MP-124" && tags["trace_id"] == "abc123" && tags["correlation_id"] == "c-9")
      let crumbs = try #require(envelope.event["breadcrumbs"]?["values"]?.array)
      #expect(
        crumbs.map { $0["category"] } == [
          "token_request_start", "token_request_retry", "token_request_retry", "token_request_exhausted",
        ])
      #expect(crumbs.map { $0["level"] } == ["info", "warning", "warning", "error"])
      #expect(crumbs.map { $0["data"]?["attempt"] } == [0, 1, 2, 2])
      #expect(crumbs[1]["data"]?["reason_code"] == "server_error")
      #expect(crumbs[3]["data"]?["duration_ms"] == 1500)
      for secret in assertions.withLock({ $0 }) + ["eyJ", "PRIVATE", "Invalid JWT signature"] {
        #expect(!request.body.contains(secret))
      }
      #expect(world.warnings.all.isEmpty)
    }
  }

  @Test func `a token makes no event`() async throws {
    try await withServer({ _, _ in Neighbourhood.granted() }) { server in
      try await World(sink: server.url, tokens: server.url).fail()
      #expect(server.requests.count == 1)
    }
  }

  @Test(arguments: [
    (429, ["Retry-After": "30"], 30),
    (429, ["Retry-After": "Mon, 01 Jan 2035 00:00:30 GMT", "Date": "Mon, 01 Jan 2035 00:00:00 GMT"], 30),
    (429, [:], 60), (429, ["Retry-After": "soon"], 60),
    (429, ["X-Sentry-Rate-Limits": "40:error:organization"], 40),
    (429, ["X-Sentry-Rate-Limits": "40::organization", "Retry-After": "500"], 40),
    (200, ["X-Sentry-Rate-Limits": "5:transaction:key, 2700:default;error;security:organization:quota"], 2700),
    (200, ["X-Sentry-Rate-Limits": "2700:transaction;session:key"], 0),
    (200, ["X-Sentry-Rate-Limits": "much:error:key"], 0), (200, ["Retry-After": "30"], 0),
  ])
  func `events stop for as long as Sentry asks, and no longer`(status: Int, headers: [String: String], seconds: Int)
    async throws
  {
    try await withServer({ request, _ in
      request.line.contains("/token") ? Self.refused : .with(status, "", headers)
    }) { server in
      let world = try World(sink: server.url, tokens: server.url)
      func events() -> Int { server.requests.count { $0.line.contains("envelope") } }
      try await world.fail()
      #expect(events() == 1)
      if seconds > 1 {
        world.neighbourhood.clock.advance(by: .seconds(seconds - 1))
        try await world.fail()
        #expect(events() == 1)
      }
      world.neighbourhood.clock.advance(by: .seconds(1))
      try await world.fail()
      #expect(events() == 2)
    }
  }

  @Test func `a Sentry that is away costs the exchange nothing and is said once`() async throws {
    try await withServer({ _, _ in Self.refused }) { server in
      let world = try World(sink: try LoopbackServer.refusingURL(), tokens: server.url)
      try await world.fail()
      try await world.fail()
      #expect(server.requests.count == 2)
      #expect(world.warnings.all.count == 1)
      #expect(world.warnings.all.first?.contains("connection refused") == true)
    }
  }

  @Test func `a Sentry that stalls is left at the end, and only so many events wait for it`() async throws {
    try await withServer({ request, _ in request.line.contains("/token") ? Self.refused : .stall(after: "") }) {
      server in
      let world = try World(sink: server.url, tokens: server.url, limit: .seconds(60))
      let signer = try Signer.app()
      for _ in 1...(SentryClient.mostAtOnce + 3) { _ = await world.exchange.token(with: signer) }
      #expect(world.errands.count == SentryClient.mostAtOnce)
      await world.errands.finish(within: .milliseconds(100))
      #expect(world.errands.count == 0)
      #expect(world.warnings.all.count == 1)
      #expect(world.warnings.all.first?.contains("time-out") == false)
    }
  }
}
