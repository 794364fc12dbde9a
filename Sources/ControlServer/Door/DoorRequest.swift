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
  /// name for us (DNS rebinding). A proxy that leaves no trace cannot be told from a caller.
  var isLocal: Bool { peerIsLoopback && !isPassedOn && host.map(Self.isLoopback) ?? true }

  /// A field that proxies add, a second `Host` (the first stands in `host`), or a target that names a host.
  private var isPassedOn: Bool {
    !target.hasPrefix("/")
      || fields.contains { field in
        let name = field.name.canonicalName
        return name.hasPrefix("x-forwarded-") || Self.proxyFields.contains(name)
      }
  }

  private static let proxyFields: Set = [
    "host", "via", "forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-host",
    "x-envoy-external-address", "cf-connecting-ip", "cf-ray", "true-client-ip", "fastly-client-ip", "fly-client-ip",
  ]

  /// `host`, or `host:port`, of a loopback name or address as it is written out in full.
  private static func isLoopback(_ host: String) -> Bool {
    let end = host.hasPrefix("[") ? host.firstIndex(of: "]").map(host.index(after:)) : host.firstIndex(of: ":")
    let port = host[(end ?? host.endIndex)...]
    guard port.isEmpty || port.wholeMatch(of: /:[0-9]{1,5}/) != nil, UInt16(port.dropFirst()) != nil || port.isEmpty
    else { return false }
    let name = host[..<(end ?? host.endIndex)].lowercased()
    if ["localhost", "localhost.", "[::1]"].contains(name) { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
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
