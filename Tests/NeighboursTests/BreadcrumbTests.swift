import Foundation
import Logging
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@testable import Neighbours

/// The page's observability signals: four categories, their levels and members.
@Suite struct BreadcrumbTests {
  /// Keeps what swift-log hands over.
  private struct Handler: LogHandler {
    struct Line: Sendable {
      var level: Logger.Level
      var message: String
      var metadata: [String: String]
    }
    final class Lines: Sendable {
      private let kept = Mutex<[Line]>([])
      var all: [Line] { kept.withLock { $0 } }
      func add(_ line: Line) { kept.withLock { $0.append(line) } }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      lines.add(
        Line(
          level: event.level, message: "\(event.message)",
          metadata: (event.metadata ?? [:]).mapValues { "\($0)" }))
    }
  }

  private func lines(
    signer: any AssertionSigner, deadline: Duration = .seconds(45),
    _ answer: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Reply
  ) async throws -> [Handler.Line] {
    let neighbourhood = try Neighbourhood()
    let lines = Handler.Lines()
    let logger = Logger(label: "test") { _ in Handler(lines: lines) }
    try await withServer(answer) { server in
      let exchange = TokenExchange(
        client: neighbourhood.maskinporten(server.url), clock: neighbourhood.clock,
        budget: TokenExchange.Budget(deadline: deadline), signals: ExchangeSignals(logger: logger, sentry: nil),
        random: { 0.5 })
      let trace = RequestTrace(correlationID: "c-1")
      _ = await RequestTrace.$current.withValue(trace) { await exchange.token(with: signer) }
    }
    return lines.all
  }

  @Test func `start, every retry before its backoff, and success, each with its level and members`() async throws {
    let lines = try await lines(signer: Signer.app()) { _, place in
      [.with(503, ""), .with(429, "", ["Retry-After": "9"]), .raw("")][safe: place] ?? Neighbourhood.granted()
    }
    #expect(
      lines.map(\.message) == [
        "token_request_start", "token_request_retry", "token_request_retry", "token_request_retry",
        "token_request_success",
      ])
    #expect(lines.map(\.level) == [.info, .warning, .warning, .warning, .info])
    #expect(lines.map { $0.metadata["attempt"] } == ["0", "1", "2", "3", "3"])
    #expect(
      lines.map { $0.metadata["reason_code"] } == [nil, "server_error", "rate_limited", "unanswered", nil])
    #expect(lines.map { $0.metadata["pause_ms"] } == [nil, "500", "9000", "2000", nil])
    #expect(lines.map { $0.metadata["duration_ms"] } == [nil, nil, nil, nil, "11500"])
    #expect(Set(lines.map { $0.metadata["exchange"] }).count == 1)
    #expect(Set(lines.map { $0.metadata["correlation_id"] }) == ["c-1"])
    #expect(Set(lines.map { $0.metadata["kid"] }) == ["app-key"])
  }

  @Test func `every outcome of an exhausted exchange has its tag`() async throws {
    let spent = try await lines(signer: Signer.app()) { _, _ in .with(500, "") }
    #expect(spent.count == 5)
    let refused = try await lines(signer: Signer.app()) { _, _ in
      Neighbourhood.refused("invalid_grant", "Invalid JWT signature (trace_id: abc)", code: "MP-124")
    }
    let late = try await lines(signer: Signer.app()) { _, _ in .with(503, "", ["Retry-After": "60"]) }
    let silent = try await lines(signer: Signer.app(), deadline: .milliseconds(1_200)) { _, _ in .raw("") }
    let unsigned = try await lines(signer: BrokenSigner(reference: Signer.app().reference)) { _, _ in .with(200, "") }
    for (lines, outcome, reason, code, mpCode) in [
      (spent, "exhausted", "server_error", "TRANSIENT_UPSTREAM_FAILURE", nil),
      (refused, "client_error", "wrong_signature", "MASKINPORTEN_AUTH_FAILED", "MP-124"),
      (late, "exhausted", "server_error", "TRANSIENT_UPSTREAM_FAILURE", nil),
      (silent, "timeout", "unanswered", "timeout", nil),
      (unsigned, "client_error", "key_unusable", "KEY_UNUSABLE", nil),
    ] {
      let last = try #require(lines.last)
      #expect(last.message == "token_request_exhausted" && last.level == .error)
      #expect(last.metadata["outcome"] == outcome)
      #expect(last.metadata["reason_code"] == reason)
      #expect(last.metadata["error_code"] == code)
      #expect(last.metadata["mp_code"] == mpCode)
      #expect(last.metadata["duration_ms"] != nil)
      #expect(lines.first?.message == "token_request_start")
    }
  }

  @Test func `reason codes are a closed set in one spelling`() {
    let codes = ReasonCode.allCases.map(\.rawValue)
    #expect(codes.allSatisfy { $0.wholeMatch(of: #/[a-z]+(_[a-z]+)*/#) != nil })
    #expect(Set(RetryCause.allCases.map { ReasonCode($0).rawValue }) == Set(RetryCause.allCases.map(\.rawValue)))
  }
}
