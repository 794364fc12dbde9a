internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import RotationCore

/// What an error of the HTTP client says about a request.
enum HTTPFault {
  /// False only for what ends before a byte of the request is sent: resolving, connecting, TLS.
  static func mayHaveLeft(_ error: any Error) -> Bool {
    switch error {
    case let error as HTTPClientError: afterSending.contains(error)
    case let error as IOError: [ECONNRESET, EPIPE, ECONNABORTED].contains(error.errnoCode)
    case NIOSSLError.uncleanShutdown, is HTTPParserError, is CancellationError: true
    default: false
    }
  }

  private static let afterSending: [HTTPClientError] = [
    .remoteConnectionClosed, .readTimeout, .writeTimeout, .deadlineExceeded, .cancelled, .requestStreamCancelled,
    .uncleanShutdown,
  ]

  static func trouble(_ error: any Error, neighbour: String, url: String, left: Bool, limit: Duration)
    -> NeighbourTrouble
  {
    let place = place(of: url)
    let (obstacle, reason) = (obstacle(in: error, left: left), reason(of: error, limit: limit))
    return left
      ? NeighbourTrouble(
        neighbour: neighbour, kind: .unanswered, detail: "no whole answer from \(place): \(reason)",
        obstacle: obstacle)
      : NeighbourTrouble(
        neighbour: neighbour, kind: .unreachable, detail: "cannot reach \(place): \(reason)", obstacle: obstacle)
  }

  private static func obstacle(in error: any Error, left: Bool) -> NeighbourTrouble.Obstacle? {
    switch error {
    case let error as HTTPClientError where [.deadlineExceeded, .readTimeout, .writeTimeout].contains(error):
      return left ? .noAnswerInTime : .connectTimeout
    case let error as HTTPClientError where error == .connectTimeout: return .connectTimeout
    case let error as HTTPClientError where error == .tlsHandshakeTimeout: return .tls
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return left ? .connectionLost : .tls
    case is CancellationError: return nil
    default: break
    }
    if left { return .connectionLost }
    let words = "\(error)"
    if words.contains("SocketAddressError") { return .unresolvedName }
    if words.localizedCaseInsensitiveContains("connectTimeout") { return .connectTimeout }
    return words.contains("Connection refused") ? .connectionRefused : nil
  }

  /// Host and port; a path or query may hold what is nobody's business.
  private static func place(of url: String) -> String {
    guard let parts = URLComponents(string: url), let host = parts.host else { return "an address that is no URL" }
    return parts.port.map { "\(host):\($0)" } ?? host
  }

  private static func reason(of error: any Error, limit: Duration) -> String {
    switch error {
    case let error as HTTPClientError where [.deadlineExceeded, .readTimeout].contains(error):
      return "time-out after \(limit.short)"
    case let error as HTTPClientError: return error.shortDescription.lowercased()
    case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
    case is CancellationError: return "cancelled"
    case is HTTPParserError: return "the connection closed before the answer was whole"
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return "TLS failed: \(Redaction.line("\(error)"))"
    default: return connectReason(in: "\(error)")
    }
  }

  /// NIO's connection error nests one error an address; the first phrase that a person knows is enough.
  private static func connectReason(in description: String) -> String {
    let known = ["Connection refused", "Network is unreachable", "No route to host", "Connection reset by peer"]
    if let phrase = known.first(where: description.contains) { return phrase.lowercased() }
    if description.localizedCaseInsensitiveContains("connectTimeout") { return "connect timeout" }
    if description.contains("SocketAddressError") { return "the name cannot be resolved" }
    return Redaction.line(description)
  }
}
