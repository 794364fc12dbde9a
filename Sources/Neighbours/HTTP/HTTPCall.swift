internal import Foundation
internal import RotationCore

/// One request as a neighbour's client states it.
struct HTTPCall: Sendable {
  enum Method: String { case get = "GET", post = "POST", patch = "PATCH" }

  var method: Method
  /// Absolute, `https` (or `http` on loopback, which the runbook's check allows).
  var url: String
  var headers: [(name: String, value: String)] = []
  var body: Data?
  /// Shortens the transport's own deadline; never lengthens it.
  var within: Duration?
  /// Statuses that the caller reads itself, though they would be trouble otherwise.
  var readable: Set<Int> = []

  static func get(_ url: String) -> HTTPCall {
    HTTPCall(method: .get, url: url, headers: [("Accept", "application/json")])
  }

  static func post(_ url: String, _ body: Data, as contentType: String) -> HTTPCall {
    HTTPCall(
      method: .post, url: url, headers: [("Accept", "application/json"), ("Content-Type", contentType)], body: body)
  }

  func bearing(_ token: SecretString) -> HTTPCall {
    var call = self
    call.headers.append(("Authorization", "Bearer " + token.reveal()))
    return call
  }
}

/// A whole answer: 2xx, a 4xx other than 429, or a status that the call declared readable.
struct HTTPAnswer: Sendable {
  var status: Int
  var contentType: String?
  /// The neighbour's clock (RFC 9110 section 6.6.1).
  var date: Date?
  var body: Data
  /// By lower-case name; a header that came several times is one list, as RFC 9110 section 5.2 joins it.
  var headers: [String: String] = [:]

  var isSuccess: Bool { (200...299).contains(status) }

  /// The body as JSON. Throws `unusableAnswer` for another content type and for what is no JSON.
  func json(from neighbour: String) throws(NeighbourTrouble) -> JSONValue {
    guard saysJSON else {
      throw unusable(neighbour, "answered with \(contentType ?? "no content type") where JSON was due", .notJSON)
    }
    guard let value = try? JSONValue(parsing: body) else {
      throw unusable(neighbour, "answered with JSON that cannot be read (\(body.count) bytes)", .brokenJSON)
    }
    return value
  }

  /// The body as text for a person, bounded and without secrets.
  func text(limit: Int) -> String { Redaction.line(String(decoding: body, as: UTF8.self), limit: limit) }

  func unusable(_ neighbour: String, _ detail: String, _ obstacle: NeighbourTrouble.Obstacle? = nil)
    -> NeighbourTrouble
  {
    NeighbourTrouble(
      neighbour: neighbour, kind: .unusableAnswer, detail: Redaction.line(detail), status: status, obstacle: obstacle)
  }

  private var saysJSON: Bool {
    guard let type = contentType?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased() else {
      return false
    }
    return type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json")
  }
}
