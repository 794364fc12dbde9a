import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

@Suite struct HTTPTransportTests {
  private func send(_ call: (String) -> HTTPCall, answer: Duration = .seconds(60), reply: LoopbackServer.Reply)
    async throws
    -> HTTPAnswer
  {
    let transport = try Neighbourhood(answer: answer).transport
    return try await withServer({ _, _ in reply }) { try await transport.send(call($0.url), to: "X") }
  }

  private func trouble(
    post: Bool = true, answer: Duration = .seconds(60), reply: LoopbackServer.Reply
  ) async throws -> NeighbourTrouble {
    try #require(
      await #expect(throws: NeighbourTrouble.self) {
        try await send(
          { post ? .post($0 + "/x", Data("{}".utf8), as: "application/json") : .get($0 + "/x") }, answer: answer,
          reply: reply)
      })
  }

  @Test func `a call names Keyturn, leaves the connection and carries the caller's trace`() async throws {
    let transport = try Neighbourhood().transport
    try await withServer({ _, _ in .json(200, #"{"a":1}"#) }) { server in
      let trace = RequestTrace(traceparent: "00-abc-def-01", correlationID: "c-42")
      let answer = try await RequestTrace.$current.withValue(trace) {
        try await transport.send(.get(server.url + "/p?q=1"), to: "X")
      }
      #expect(try answer.json(from: "X") == ["a": 1])
      let request = try #require(server.requests.first)
      #expect(request.line == "GET /p?q=1 HTTP/1.1")
      #expect(request.headers["user-agent"] == "keyturn/1.2.3")
      #expect(request.headers["connection"] == "close")
      #expect(request.headers["traceparent"] == "00-abc-def-01")
      #expect(request.headers["x-correlation-id"] == "c-42")
    }
  }

  @Test func `a trace that could split a header is dropped`() {
    #expect(RequestTrace(traceparent: "a\r\nX: y", correlationID: "b c").headers.isEmpty)
  }

  @Test(arguments: [true, false]) func `a refused connection was never sent`(post: Bool) async throws {
    let url = try LoopbackServer.refusingURL()
    let transport = try Neighbourhood().transport
    let call: HTTPCall = post ? .post(url, Data("x".utf8), as: "text/plain") : .get(url)
    let trouble = await #expect(throws: NeighbourTrouble.self) { try await transport.send(call, to: "X") }
    #expect(trouble?.kind == .unreachable)
    #expect(trouble?.detail.contains("connection refused") == true, "\(trouble?.detail ?? "")")
    #expect(trouble?.effectIsUnknown == false)
  }

  @Test(arguments: [true, false]) func `a name that does not resolve was never sent`(post: Bool) async throws {
    let url = "http://no-such-host.invalid/"
    let transport = try Neighbourhood().transport
    let call: HTTPCall = post ? .post(url, Data("x".utf8), as: "text/plain") : .get(url)
    let trouble = await #expect(throws: NeighbourTrouble.self) { try await transport.send(call, to: "X") }
    #expect(trouble?.kind == .unreachable)
    #expect(trouble?.detail.contains("no-such-host.invalid") == true)
  }

  @Test(arguments: ["", "HTTP/1.1 400 Bad Request\r\n\r\n"])
  func `a write whose TLS handshake fails was never sent`(greeting: String) async throws {
    let transport = try Neighbourhood().transport
    let server = try LoopbackServer(greeting: greeting) { _, _ in .reset }
    defer { server.stop() }
    let url = server.url.replacing("http://", with: "https://")
    let trouble = await #expect(throws: NeighbourTrouble.self) {
      try await transport.send(.post(url, Data("x".utf8), as: "text/plain"), to: "X")
    }
    #expect(trouble?.kind == .unreachable, "\(trouble?.detail ?? "")")
  }

  @Test func `a TLS handshake that stalls was never sent`() async throws {
    let transport = try Neighbourhood(answer: .milliseconds(150)).transport
    try await withServer({ _, _ in .reset }) { server in
      let url = server.url.replacing("http://", with: "https://")
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await transport.send(.post(url, Data("x".utf8), as: "text/plain"), to: "X")
      }
      #expect(trouble?.kind == .unreachable)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func `a connection dropped after the request leaves the effect unknown`() async throws {
    for reply in [LoopbackServer.Reply.raw(""), .reset, .raw("HTTP/1.1 200 OK\r\nContent-Le")] {
      let trouble = try await trouble(reply: reply)
      #expect(trouble.kind == .unanswered)
      #expect(trouble.effectIsUnknown)
    }
  }

  @Test func `an answer cut off in its body is no answer`() async throws {
    let trouble = try await trouble(reply: .raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":"))
    #expect(trouble.kind == .unanswered)
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"])
  func `a slow answer ends at the deadline`(after: String) async throws {
    let transport = try Neighbourhood(answer: .milliseconds(500)).transport
    try await withServer({ _, _ in .stall(after: after) }) { server in
      let call = HTTPCall.post(server.url, Data("x".utf8), as: "text/plain")
      let trouble = await #expect(throws: NeighbourTrouble.self) { try await transport.send(call, to: "X") }
      // On a machine so busy that the request did not even arrive, either is right.
      #expect(trouble?.kind == .unanswered || server.requests.isEmpty && trouble?.kind == .unreachable)
      #expect(trouble?.detail.contains("time-out after 0.5s") == true)
    }
  }

  @Test func `a call cancelled by its caller ends at once`() async throws {
    let transport = try Neighbourhood(answer: .seconds(60)).transport
    try await withServer({ _, _ in .stall(after: "") }) { server in
      let call = Task { try await transport.send(.post(server.url, Data("x".utf8), as: "text/plain"), to: "X") }
      while server.requests.isEmpty { await Task.yield() }
      call.cancel()
      let trouble = await #expect(throws: NeighbourTrouble.self) { try await call.value }
      #expect(trouble?.kind == .unanswered)
    }
  }

  @Test(arguments: [500, 502, 503, 504, 599]) func `5xx is the neighbour's error`(status: Int) async throws {
    let trouble = try await trouble(reply: .with(status, "<html>", ["Retry-After": "7"]))
    #expect(trouble.kind == .serverError)
    #expect(trouble.status == status)
    #expect(trouble.retryAfter == .seconds(7))
  }

  @Test(
    arguments: [
      ("5", 5), ("0", 1), ("-3", 1), ("86400", 60), ("1.5", 2), ("soon", nil), ("", nil), ("nan", nil),
      ("Sun, 06 Nov 1994 08:49:47 GMT", 10), ("Sun, 06 Nov 1994 08:00:00 GMT", 1),
      ("Mon, 07 Nov 1994 08:49:37 GMT", 60),
      ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
    ] as [(String, Int?)])
  func `429 is a limit with a bounded wait`(retryAfter: String, seconds: Int?) async throws {
    let headers = ["Retry-After": retryAfter, "Date": "Sun, 06 Nov 1994 08:49:37 GMT"]
    let trouble = try await trouble(reply: .with(429, "", headers))
    #expect(trouble.kind == .rateLimited)
    #expect(trouble.retryAfter == seconds.map { .seconds($0) })
    #expect(!trouble.effectIsUnknown)
  }

  @Test func `a date is read as HTTP writes it`() {
    #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT")?.timeIntervalSince1970 == 784_111_777)
    #expect(HTTPDate.parse("Thu, 29 Feb 2024 00:00:00 GMT")?.timeIntervalSince1970 == 1_709_164_800)
    for wrong in [
      "", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
    ] {
      #expect(HTTPDate.parse(wrong) == nil)
    }
  }

  @Test func `a redirect is never followed`() async throws {
    let transport = try Neighbourhood().transport
    try await withServer({ _, _ in .with(307, "", ["Location": "/elsewhere"]) }) { server in
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await transport.send(.post(server.url + "/token", Data("secret".utf8), as: "text/plain"), to: "X")
      }
      #expect(trouble?.kind == .unusableAnswer)
      #expect(server.requests.count == 1)
    }
  }

  @Test func `a body past the limit is not taken`() async throws {
    let transport = try Neighbourhood(body: 1_000).transport
    let exact = String(repeating: "x", count: 1_000)
    try await withServer({ _, place in .with(200, exact + (place == 0 ? "" : "x")) }) { server in
      let whole = try await transport.send(.get(server.url), to: "X")
      #expect(whole.body.count == 1_000)
      let trouble = await #expect(throws: NeighbourTrouble.self) { try await transport.send(.get(server.url), to: "X") }
      #expect(trouble?.kind == .unusableAnswer)
    }
  }

  @Test func `JSON must say so and be so`() async throws {
    for type in ["application/json", "application/json; charset=utf-8", "Application/Problem+JSON"] {
      let answer = try await send({ .get($0) }, reply: .with(200, "{}", ["Content-Type": type]))
      #expect(try answer.json(from: "X") == .object([:]))
    }
    let wrong: [LoopbackServer.Reply] = [
      .with(200, "{}", ["Content-Type": "text/html"]), .with(200, "{}"), .json(200, #"{"a":"#), .json(200, ""),
    ]
    for reply in wrong {
      let answer = try await send({ .get($0) }, reply: reply)
      let trouble = #expect(throws: NeighbourTrouble.self) { try answer.json(from: "X") }
      #expect(trouble?.kind == .unusableAnswer)
    }
  }

  @Test func `another 4xx is the caller's`() async throws {
    for status in [400, 401, 403, 404, 409, 422] {
      #expect(try await send({ .get($0) }, reply: .json(status, "{}")).status == status)
    }
  }

  @Test func `an error names the host and nothing behind it`() async throws {
    let url = try LoopbackServer.refusingURL() + "/clients/secret-path?token=abc"
    let transport = try Neighbourhood().transport
    let trouble = await #expect(throws: NeighbourTrouble.self) { try await transport.send(.get(url), to: "X") }
    #expect(trouble.map { !"\($0)".contains("secret-path") && !"\($0)".contains("abc") } == true)
  }

  @Test func `a ca_file without a certificate is refused by name`() throws {
    let failure = #expect(throws: Failure.self) {
      try HTTPTransport(version: "1", caFile: "/dev/null", clock: ManualClock())
    }
    #expect(failure?.code == .inputInvalid)
    #expect(failure?.summary.contains("/dev/null") == true)
  }
}
