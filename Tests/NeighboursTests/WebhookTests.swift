import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@testable import Neighbours

@Suite struct WebhookTests {
  /// The secret, id and body of the specification's own example.
  private static let secret = SecretString("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

  private final class Words: Sendable {
    private let heard = Mutex<[WebhookReceiver.Word]>([])
    var all: [WebhookReceiver.Word] { heard.withLock { $0 } }
    func hear(_ word: WebhookReceiver.Word) { heard.withLock { $0.append(word) } }
  }

  private static func message(_ number: Int) -> WebhookMessage {
    WebhookMessage(
      type: "rotation.test\(number)", fact: Data("fact \(number)".utf8), timestamp: "2026-11-22T19:00:00Z",
      data: ["rotation": "R-20261122-7F3K", "number": .integer(Int64(number))])
  }

  private func receiver(_ url: String, _ errands: Errands, answer: Duration = .seconds(60)) throws -> WebhookReceiver {
    let neighbourhood = try Neighbourhood(answer: answer)
    return WebhookReceiver(
      name: "notify[0]", url: SecretString(url + "/hook?token=s3cret"), key: try WebhookKey(Self.secret),
      transport: neighbourhood.transport, clock: neighbourhood.clock, errands: errands)
  }

  @Test func `the specification's example has the specification's signature`() throws {
    let signature = try WebhookKey(Self.secret).signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Data(#"{"test": 2432232314}"#.utf8))
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `a plain secret is the key as it stands, and broken base64 is refused without being shown`() throws {
    let plain = try WebhookKey(SecretString("a plain secret"))
    let encoded = try WebhookKey(SecretString("whsec_" + base64("a plain secret")))
    let body = Data("{}".utf8)
    #expect(plain.signature(id: "a", timestamp: 1, body: body) == encoded.signature(id: "a", timestamp: 1, body: body))
    #expect("\(plain)" == "<secret>")
    for broken in ["whsec_", "whsec_a-b", "whsec_YWI"] {
      let failure = #expect(throws: Failure.self) { try WebhookKey(SecretString(broken)) }
      #expect(failure?.summary.contains("YWI") == false && failure?.summary.contains("a-b") == false)
    }
  }

  /// One JSON object a line in, `accepted` or `rejected` a line out; `is_ours` is what is asked.
  private static let loop = """
    import json, sys
    for line in sys.stdin:
        case = json.loads(line)
        print("accepted" if is_ours(case["secret"], case["headers"], case["body"].encode()) else "rejected")
    """

  private static let reference = """
    from standardwebhooks import Webhook, WebhookVerificationError
    def is_ours(secret, headers, body):
        try:
            Webhook(secret).verify(body, headers)
            return True
        except WebhookVerificationError:
            return False
    """

  private static let library = ForeignTool.has("python3", "-c", "import standardwebhooks")
  private static let isDemanded = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(
    .enabled(
      if: library || isDemanded, "SKIPPED: PyPI `standardwebhooks` is not installed; `pip install standardwebhooks`"))
  func `the reference library accepts what is sent and rejects each changed part`() throws {
    try #require(Self.library, "PyPI `standardwebhooks` is not installed; `pip install standardwebhooks`")
    try expectVerdicts(of: Self.reference, plain: "whsec_" + base64("any other text, æøå"))
  }

  @Test(.enabled(if: ForeignTool.has("python3", "-c", "")))
  func `so do the lines that the README gives`() throws {
    let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    let blocks = text.matches(of: #/```python\n([\s\S]*?)```/#).map(\.output.1)
    let block = try #require(blocks.first { $0.contains("def is_ours") })
    try expectVerdicts(of: String(block), plain: "any other text, æøå")
  }

  /// A Python verifier over what we sign, whole and with each part changed. `plain`: how it is told a plain secret.
  private func expectVerdicts(of verifier: String, plain: String) throws {
    var cases: [(JSONValue, String)] = []
    for (secret, own) in [
      (Self.secret.reveal(), try WebhookKey(Self.secret)),
      (plain, try WebhookKey(SecretString("any other text, æøå"))),
    ] {
      let message = Self.message(1)
      let body = String(decoding: message.body, as: UTF8.self)
      let now = Int64(Date().timeIntervalSince1970)
      let signature = own.signature(id: message.id, timestamp: now, body: message.body)
      func sample(id: String, at time: Int64, _ body: String, secret: String) -> JSONValue {
        [
          "secret": .string(secret), "body": .string(body),
          "headers": [
            "webhook-id": .string(id), "webhook-timestamp": .string(String(time)),
            "webhook-signature": .string(signature),
          ],
        ]
      }
      cases += [
        (sample(id: message.id, at: now, body, secret: secret), "accepted"),
        (sample(id: message.id + "x", at: now, body, secret: secret), "rejected"),
        (sample(id: message.id, at: now - 1, body, secret: secret), "rejected"),
        (sample(id: message.id, at: now, body + " ", secret: secret), "rejected"),
        (sample(id: message.id, at: now, body, secret: "whsec_" + base64("another")), "rejected"),
      ]
    }
    let lines = cases.map { String(decoding: $0.0.canonical, as: UTF8.self) }.joined(separator: "\n")
    let output = try ForeignTool.output(
      ["sh", "-c", #"printf '%s\n' "$2" | python3 -c "$1""#, "sh", verifier + "\n" + Self.loop, lines])
    let answers = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(answers == cases.map(\.1))
  }

  @Test func `messages arrive once, in order, signed over what is sent, in the caller's trace`() async throws {
    let words = Words()
    let trace = RequestTrace.span(under: nil, correlationID: "c-7")
    try await withServer({ _, _ in .with(204, "") }) { server in
      let errands = Errands()
      let receiver = try receiver(server.url, errands)
      RequestTrace.$current.withValue(trace) {
        for number in 1...5 { receiver.send(Self.message(number)) { words.hear($0) } }
      }
      await errands.finish(within: .seconds(60))
      #expect(server.requests.map { $0.headers["webhook-id"] } == (1...5).map { Self.message($0).id })
      #expect(words.all == Array(repeating: .delivered, count: 5))
      #expect(receiver.missed.isEmpty && errands.count == 0)
      for request in server.requests {
        let timestamp = try #require(request.headers["webhook-timestamp"].flatMap { Int64($0) })
        let expected = try WebhookKey(Self.secret).signature(
          id: #require(request.headers["webhook-id"]), timestamp: timestamp, body: Data(request.body.utf8))
        #expect(request.headers["webhook-signature"] == expected)
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["traceparent"] == trace.traceparent)
        #expect(request.headers["x-correlation-id"] == "c-7")
        let body = try JSONValue(parsing: Data(request.body.utf8))
        #expect(body["type"]?.string?.hasPrefix("rotation.test") == true)
        #expect(body["timestamp"] == "2026-11-22T19:00:00Z")
      }
    }
  }

  @Test func `a message is tried three times under one id, with a fresh timestamp each`() async throws {
    try await withServer({ _, place in
      [.with(503, ""), .with(429, "", ["Retry-After": "7"])][safe: place] ?? .with(200, "ok")
    }) { server in
      let errands = Errands()
      let receiver = try receiver(server.url, errands)
      receiver.send(Self.message(1))
      await errands.finish(within: .seconds(60))
      #expect(server.requests.count == 3)
      #expect(Set(server.requests.map { $0.headers["webhook-id"] }) == [Self.message(1).id])
      let times = server.requests.compactMap { $0.headers["webhook-timestamp"].flatMap { Int($0) } }
      #expect(times.count == 3 && times[2] - times[1] == 7)
      #expect(receiver.missed.isEmpty)
    }
  }

  @Test func `what a silent receiver missed goes out before anything newer`() async throws {
    let isDown = Mutex(true)
    let words = Words()
    try await withServer({ _, _ in isDown.withLock { $0 } ? .reset : .with(200, "") }) { server in
      let errands = Errands()
      let receiver = try receiver(server.url, errands)
      receiver.send(Self.message(1)) { words.hear($0) }
      await errands.finish(within: .seconds(60))
      receiver.send(Self.message(2)) { words.hear($0) }
      await errands.finish(within: .seconds(60))
      #expect(receiver.missed.map(\.message) == [Self.message(1), Self.message(2)])
      #expect(receiver.missed.first?.reason?.contains("s3cret") == false)
      isDown.withLock { $0 = false }
      let before = server.requests.count
      receiver.retry()
      await errands.finish(within: .seconds(60))
      #expect(
        server.requests.dropFirst(before).map { $0.headers["webhook-id"] } == [Self.message(1).id, Self.message(2).id])
      #expect(receiver.missed.isEmpty)
      #expect(words.all.suffix(2) == [.delivered, .delivered])
    }
  }

  @Test(arguments: [400, 401, 404, 410, 302]) func `a refused message is not tried again and holds up no other`(
    status: Int
  ) async throws {
    try await withServer({ _, place in .with(place == 0 ? status : 200, "") }) { server in
      let errands = Errands()
      let receiver = try receiver(server.url, errands)
      receiver.send(Self.message(1))
      receiver.send(Self.message(2))
      await errands.finish(within: .seconds(60))
      #expect(server.requests.map { $0.headers["webhook-id"] } == [Self.message(1).id, Self.message(2).id])
      #expect(receiver.missed.map(\.message) == [Self.message(1)])
      #expect(receiver.missed.first?.reason?.contains("\(status)") == true)
    }
  }

  @Test func `nobody waits longer than the bound for a receiver that stalls`() async throws {
    try await withServer({ _, _ in .stall(after: "") }) { server in
      let errands = Errands()
      let receiver = try receiver(server.url, errands)
      receiver.send(Self.message(1))
      while server.requests.isEmpty { await Task.yield() }
      await errands.finish(within: .milliseconds(100))
      #expect(server.requests.count == 1, "cut short within the first attempt")
      #expect(receiver.missed.map(\.message) == [Self.message(1)])
    }
  }

  @Test func `the id is the fact's, not the sending's`() {
    #expect(Self.message(1).id == Self.message(1).id)
    #expect(Self.message(1).id != Self.message(2).id)
    #expect(WebhookMessage.id(type: "a", fact: Data("x".utf8)) != WebhookMessage.id(type: "b", fact: Data("x".utf8)))
    #expect(Self.message(1).id.wholeMatch(of: #/msg_[A-Za-z0-9_-]{27}/#) != nil)
  }
}
