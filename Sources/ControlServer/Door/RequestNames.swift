internal import Foundation
internal import Primitives

/// Under which names a request stands in records, here and at its caller: `X-Correlation-ID` and W3C `traceparent`.
struct RequestNames: Sendable {
  /// The caller's where it is fit for a log, else one of our own.
  let correlationID: String
  /// The caller's where it is well-formed.
  let traceparent: String?

  init(_ request: DoorRequest) {
    correlationID =
      request.field("X-Correlation-ID").flatMap { Self.isPlain($0) ? $0 : nil } ?? Hex.encode(RandomBytes.make(16))
    traceparent = request.field("traceparent").flatMap { Self.isTrace($0) ? $0 : nil }
  }

  /// To be echoed.
  var headers: [(name: String, value: String)] {
    [("X-Correlation-ID", correlationID)] + (traceparent.map { [("traceparent", $0)] } ?? [])
  }

  var traceID: String? { traceparent.map { String($0.dropFirst(3).prefix(32)) } }

  private static func isPlain(_ value: String) -> Bool {
    (1...128).contains(value.utf8.count)
      && value.utf8.allSatisfy { byte in
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
          || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || "._:-".utf8.contains(byte)
      }
  }

  /// W3C Trace Context section 3.2, version 00: lower-case hex, and neither id all zero.
  private static func isTrace(_ value: String) -> Bool {
    let parts = value.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == [2, 32, 16, 2] && parts[0] == "00"
      && parts.joined().utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
      && parts[1...2].allSatisfy { part in part.contains { $0 != "0" } }
  }
}
