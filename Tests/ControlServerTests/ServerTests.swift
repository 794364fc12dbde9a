import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import RotationCore
import Synchronization
import Testing

@testable import ControlServer

/// The door on a socket.
@Suite(.serialized) struct ServerTests {
  private let view = LedgerView()
  private let said = Said()

  /// Everything that was logged.
  private final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock(\.self) }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private struct Listening: LogHandler {
    let said: Said
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { said.add("\(event.message) \(event.metadata ?? [:])") }
  }

  private func serving(
    _ limits: ServerLimits = ServerLimits(), _ body: (ControlServer) async throws -> Void
  ) async throws {
    let server = try await ControlServer.start(
      Sample.settings(view), limits: limits, logger: Logger(label: "test") { _ in Listening(said: said) })
    do { try await body(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private func get(_ server: ControlServer, _ path: String, _ change: (inout HTTPClientRequest) -> Void = { _ in })
    async throws -> HTTPClientResponse
  {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)")
    request.headers.add(name: "Authorization", value: "Bearer \(Sample.secret)")
    change(&request)
    return try await HTTPClient.shared.execute(request, timeout: .seconds(20))
  }

  /// Sends bytes as they are, and reads until the server closes.
  private func raw(_ server: ControlServer, _ text: String) async throws -> String {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: server.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      // A server that closes before all of it was sent has answered nothing, and may.
      try? await outbound.write(ByteBuffer(string: text))
      var answer = ""
      for try await bytes in inbound { answer += String(buffer: bytes) }
      return answer
    }
  }

  @Test func `answers go over the socket whole, and HEAD without a body`() async throws {
    try await serving { server async throws in
      let answer = try await get(server, "/healthz")
      #expect(answer.status == .ok)
      let body = try await answer.body.collect(upTo: 1 << 16)
      #expect(answer.headers["content-length"] == ["\(body.readableBytes)"])
      let head = try await get(server, "/healthz") { $0.method = .HEAD }
      #expect(head.status == .ok)
      #expect(head.headers["content-length"] == ["\(body.readableBytes)"])
      #expect(try await head.body.collect(upTo: 1 << 16).readableBytes == 0)
      #expect(try await get(server, "/metrics") { $0.headers.remove(name: "Authorization") }.status == .ok)
    }
  }

  @Test func `a body that is too large is refused, announced or not`() async throws {
    try await serving { server async throws in
      let big = [UInt8](repeating: 97, count: 9 * 1024)
      func post(_ bytes: [UInt8]) async throws -> HTTPClientResponse {
        try await get(server, "/session") { request in
          request.method = .POST
          request.body = .bytes(bytes)
        }
      }
      let announced = try await post(big)
      #expect(announced.status == .payloadTooLarge)
      #expect(announced.headers["connection"] == ["close"])
      let chunks = "2400\r\n\(String(repeating: "a", count: 0x2400))\r\n0\r\n\r\n"
      let text = try await raw(
        server, "POST /session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
      #expect(text.hasPrefix("HTTP/1.1 413 "))
      #expect(text.contains("BAD_REQUEST"))
      #expect(try await post(Array(big.prefix(64))).status == .unsupportedMediaType)
    }
  }

  @Test func `a body that does not arrive is not waited for`() async throws {
    var limits = ServerLimits()
    limits.bodyTime = .milliseconds(50)
    try await serving(limits) { server async throws in
      let text = try await raw(server, "POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nsec")
      #expect(text.hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test func `headers that never end and connections that say nothing are closed`() async throws {
    var limits = ServerLimits()
    #expect(limits.headers <= .seconds(5) && limits.bodyTime < limits.headers)
    limits.headers = .milliseconds(100)
    try await serving(limits) { server async throws in
      #expect(try await raw(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ") == "")
    }
    try await serving { server async throws in
      let large = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: \(String(repeating: "a", count: 20_000))\r\n\r\n"
      #expect(try await raw(server, large).hasPrefix("HTTP/1.1 400 "))
    }
  }

  @Test func `whoever holds every place without a request loses them to those who ask`() async throws {
    var limits = ServerLimits()
    limits.headers = .milliseconds(100)
    limits.connections = 2
    try await serving(limits) { server async throws in
      async let first = raw(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nX")
      async let second = raw(server, "")
      #expect(try await get(server, "/healthz").status == .ok)
      #expect(try await [first, second] == ["", ""])
    }
  }

  @Test func `the log has the route and never the path, a secret or a cookie`() async throws {
    try await serving { server async throws in
      _ = try await get(server, "/api/v1/rotations/R-hush?token=hush") {
        $0.headers.add(name: "Cookie", value: "keyturn_session=hush")
        $0.headers.add(name: "X-Correlation-ID", value: "mine-1")
        $0.headers.add(name: "traceparent", value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
      }
      _ = try await get(server, "/hush")
    }
    let lines = said.all.filter { $0.hasPrefix("request") }
    #expect(lines.count == 2)
    #expect(lines[0].contains("/api/v1/rotations/{id}") && lines[0].contains("404"))
    #expect(lines[0].contains("mine-1") && lines[0].contains("0af7651916cd43dd8448eb211c80319c"))
    for line in said.all { #expect(!line.contains("hush") && !line.contains(Sample.secret), "\(line)") }
  }

  @Test func `a stop lets the answer under way end, and takes no more calls`() async throws {
    let server = try await ControlServer.start(
      Sample.settings(view), logger: Logger(label: "test") { _ in Listening(said: said) })
    view.gate.shut()
    async let slow = get(server, "/api/v1/rotations")
    while view.gate.waiting == 0 { await Task.yield() }
    async let stopped: Void = server.stop()
    var refused = false
    while !refused {
      do {
        _ = try await raw(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      } catch { refused = true }
    }
    view.gate.open()
    #expect(try await slow.status == .ok)
    await stopped
  }

  @Test func `a stop waits for no answer longer than its farewell`() async throws {
    var limits = ServerLimits()
    limits.farewell = .milliseconds(50)
    let server = try await ControlServer.start(
      Sample.settings(view), limits: limits, logger: Logger(label: "test") { _ in Listening(said: said) })
    view.gate.shut()
    let held = Task { _ = try? await get(server, "/api/v1/rotations") }
    while view.gate.waiting == 0 { await Task.yield() }
    await server.stop()
    view.gate.open()
    await held.value
  }

  @Test func `an address that cannot be had is a plain failure, and a stopped server frees its own`() async throws {
    var port = 0
    try await serving { server async throws in
      port = server.port
      let failure = await #expect(throws: Failure.self) {
        try await ControlServer.start(Sample.settings(), port: server.port, logger: server.silent)
      }
      #expect(failure?.cause == "address already in use")
    }
    let again = try await ControlServer.start(
      Sample.settings(), port: port, logger: Logger(label: "test") { _ in Listening(said: said) })
    #expect(again.port == port)
    await again.stop()
  }
}

extension ControlServer {
  fileprivate var silent: Logger {
    var logger = Logger(label: "silent")
    logger.logLevel = .critical
    return logger
  }
}
