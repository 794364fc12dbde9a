private import Foundation
internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// `POST` without a body to this machine, and the first line of the answer: all that telling the simulated app to
/// reload takes.
struct LoopbackPost {
  let port: UInt16
  let path: String

  /// `http://127.0.0.1:PORT/PATH` and nothing else.
  init?(_ url: String) {
    guard let parts = URLComponents(string: url), parts.scheme == "http", parts.host == "127.0.0.1",
      let port = parts.port.flatMap(UInt16.init(exactly:)), parts.path.hasPrefix("/")
    else { return nil }
    self.port = port
    path = parts.path
  }

  /// Throws `deployFailed` for every answer but 200, and for none within a minute.
  func send() throws(Failure) {
    let connection = socket(AF_INET, Self.stream, 0)
    guard connection >= 0 else { throw Self.failure("no connection") }
    defer { close(connection) }
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isOpen = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isOpen else { throw Self.failure("nobody listens on port \(port)") }
    let request = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    let isSent = Array(request.utf8).withUnsafeBytes { Descriptor(number: connection).write($0) }
    guard isSent else { throw Self.failure("the request was not taken") }
    var answer = [UInt8](repeating: 0, count: 64)
    let count = recv(connection, &answer, answer.count, 0)
    let line = String(decoding: answer.prefix(max(count, 0)).prefix { $0 != 0x0D }, as: UTF8.self)
    guard line.split(separator: " ").dropFirst().first == "200" else {
      throw Self.failure(line.isEmpty ? "no answer" : "the app answered \(line)")
    }
  }

  #if canImport(Glibc)
    private static let stream = Int32(SOCK_STREAM.rawValue)
  #else
    private static let stream = Int32(SOCK_STREAM)
  #endif

  private static func failure(_ reason: String) -> Failure {
    Failure(
      .deployFailed, "the simulated app was not started anew: \(reason)", remedy: ["see that keyturn simulate runs"])
  }
}
