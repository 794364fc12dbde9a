import Foundation
import RotationTestSupport
import Synchronization

/// A real TCP server on a loopback port that the kernel picked. Answers are raw bytes, so that it can break off, stall
/// and lie as a neighbour would. One thread a connection; every call has a connection of its own.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var line: String
    var headers: [String: String]
    var body: String

    /// The form or JSON members of the body, for what a test asks of them.
    var form: [String: String] {
      body.split(separator: "&").reduce(into: [:]) { form, pair in
        let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
        form[parts[0]] = parts.count > 1 ? parts[1].removingPercentEncoding : ""
      }
    }
  }

  enum Reply: Sendable {
    case raw(String)
    /// The bytes, then nothing more, with the connection left open until the client leaves.
    case stall(after: String)
    /// Closes with a reset.
    case reset

    static func json(_ status: Int, _ body: String, headers: [String: String] = [:]) -> Reply {
      .with(status, body, ["Content-Type": "application/json"].merging(headers) { _, new in new })
    }

    static func with(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> Reply {
      let head = headers.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
      return .raw(
        "HTTP/1.1 \(status) X\r\n\(head)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
    }
  }

  private let listener: Int32
  let port: Int
  private let seen = Mutex<[Request]>([])
  private let answer: @Sendable (Request, Int) -> Reply
  private let greeting: String?

  /// `answer` gets the request and its place, from 0. With a greeting, a connection gets that and is closed, unheard.
  init(greeting: String? = nil, _ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
    self.greeting = greeting
    let socket = try LoopbackSocket()
    (listener, port) = (socket.number, socket.port)
    try socket.listen()
    self.answer = answer
    Thread.detachNewThread { [self] in
      // Closed here and nowhere else: another server may get the number at once.
      defer { close(listener) }
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { self.serve(connection) }
      }
    }
  }

  var url: String { "http://127.0.0.1:\(port)" }
  var requests: [Request] { seen.withLock { $0 } }

  /// Nobody is heard any more.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// A loopback address where nobody listens, and nobody will: the port stays taken.
  static func refusingURL() throws -> String { "http://127.0.0.1:\(try LoopbackSocket().port)" }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    if let greeting { return put(greeting, connection) }
    guard let request = receive(connection) else { return }
    let place = seen.withLock { seen in
      seen.append(request)
      return seen.count - 1
    }
    switch answer(request, place) {
    case .raw(let text): put(text, connection)
    case .stall(let text):
      put(text, connection)
      var byte: UInt8 = 0
      _ = recv(connection, &byte, 1, 0)
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
  }

  private func put(_ text: String, _ connection: Int32) {
    let bytes = Array(text.utf8)
    var at = 0
    while at < bytes.count {
      let sent = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress.map { $0 + at }, bytes.count - at, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      at += sent
    }
  }

  private func receive(_ connection: Int32) -> Request? {
    var bytes = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let end = bytes.range(of: Data("\r\n\r\n".utf8)) {
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let headers = head.dropFirst().reduce(into: [String: String]()) { headers, line in
          let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
          headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        if bytes.count >= end.upperBound + length {
          return Request(
            line: head[0], headers: headers, body: String(decoding: bytes[end.upperBound...], as: UTF8.self))
        }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes.append(contentsOf: buffer[..<count])
    }
  }
}

/// Serves for the time of `body`.
@discardableResult
func withServer<R>(
  _ answer: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Reply,
  _ body: (LoopbackServer) async throws -> R
) async throws -> R {
  let server = try LoopbackServer(answer)
  defer { server.stop() }
  return try await body(server)
}
