internal import Foundation
internal import HTTPTypes

/// A request, whole, as the door judges it.
struct DoorRequest: Sendable {
  var method: HTTPRequest.Method
  /// As it stood in the request line, escapes and query included.
  var target: String
  /// The `Host` field.
  var host: String?
  var fields: HTTPFields
  var body: Data
  /// The connection comes from this machine.
  var peerIsLoopback: Bool

  init(
    _ method: HTTPRequest.Method = .get, _ target: String, host: String? = nil, fields: HTTPFields = [:],
    body: Data = Data(), peerIsLoopback: Bool = true
  ) {
    self.method = method
    self.target = target
    self.host = host
    self.fields = fields
    self.body = body
    self.peerIsLoopback = peerIsLoopback
  }

  /// Decoded, without the query; nil for what is no path of ours.
  var path: String? {
    let raw = target.prefix { $0 != "?" && $0 != "#" }
    return raw.hasPrefix("/") ? String(raw).removingPercentEncoding : nil
  }

  /// Sent by this machine to this machine: no proxy spoke for somebody else, and no page made a browser use another
  /// name for us (DNS rebinding).
  var isLocal: Bool {
    let isProxied = ["Forwarded", "X-Forwarded-For", "X-Real-IP"].contains { field($0) != nil }
    return peerIsLoopback && !isProxied && host.map(Self.isLoopback) ?? true
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host.hasPrefix("[") { return host.hasPrefix("[::1]") }
    let name = host.prefix { $0 != ":" }
    return name == "localhost" || (name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." })
  }

  func field(_ name: String) -> String? { HTTPField.Name(name).flatMap { fields[$0] } }

  /// A media type that the caller names in `Accept`, itself and not by a wildcard, and does not refuse (`q=0`).
  func accepts(_ type: String) -> Bool {
    (fields[.accept] ?? "").split(separator: ",").contains { range in
      let parts = range.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      return parts.first == type && weight > 0
    }
  }
}
