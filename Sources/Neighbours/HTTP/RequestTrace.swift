internal import Primitives

/// What ties our requests to the caller's trace: W3C `traceparent` and `X-Correlation-ID`. Sent on every call made
/// inside `RequestTrace.$current.withValue(…)`, whichever neighbour it goes to.
package struct RequestTrace: Sendable, Hashable {
  @TaskLocal package static var current: RequestTrace?

  package var traceparent: String?
  package var correlationID: String?

  /// A value that could not stand in a header (not visible ASCII, longer than 128) is dropped.
  package init(traceparent: String? = nil, correlationID: String? = nil) {
    self.traceparent = traceparent.flatMap(Self.headerSafe)
    self.correlationID = correlationID.flatMap(Self.headerSafe)
  }

  /// A span of its own in the trace of `parent` (a `traceparent`), or the first of a new trace where that is missing or
  /// not valid. Without a correlation id the trace's id serves as one.
  package static func span(under parent: String?, correlationID: String? = nil) -> RequestTrace {
    let parent = parent.flatMap(SpanContext.init)
    let span = SpanContext(
      traceID: parent?.traceID ?? Hex.encode(RandomBytes.make(16)), spanID: Hex.encode(RandomBytes.make(8)),
      flags: parent?.flags ?? "01")
    return RequestTrace(
      traceparent: span.traceparent, correlationID: correlationID.flatMap(headerSafe) ?? span.traceID)
  }

  /// The members of `traceparent`; nil where it is none.
  var context: SpanContext? { traceparent.flatMap(SpanContext.init) }

  var headers: [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    if let traceparent { headers.append(("traceparent", traceparent)) }
    if let correlationID { headers.append(("X-Correlation-ID", correlationID)) }
    return headers
  }

  private static func headerSafe(_ value: String) -> String? {
    (1...128).contains(value.utf8.count) && value.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? value : nil
  }
}

/// `traceparent` in its parts, all lower-case hexadecimal (W3C Trace Context section 3.2).
struct SpanContext: Sendable, Hashable {
  let traceID: String
  let spanID: String
  let flags: String

  init(traceID: String, spanID: String, flags: String) {
    self.traceID = traceID
    self.spanID = spanID
    self.flags = flags
  }

  /// Version 00 whole; of a later version its first four parts. Ids of zeros alone are not valid.
  init?(_ traceparent: String) {
    let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 4, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
      zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 && $0.utf8.allSatisfy(Self.isLowerHex) }),
      parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
    else { return nil }
    self.init(traceID: parts[1], spanID: parts[2], flags: parts[3])
  }

  var traceparent: String { "00-\(traceID)-\(spanID)-\(flags)" }

  private static func isLowerHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
