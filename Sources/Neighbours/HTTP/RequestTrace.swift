/// What ties our requests to the caller's trace: W3C `traceparent` and `X-Correlation-ID`. Sent on every call made
/// inside `RequestTrace.$current.withValue(…)`.
package struct RequestTrace: Sendable, Hashable {
  @TaskLocal package static var current: RequestTrace?

  package var traceparent: String?
  package var correlationID: String?

  /// A value that could not stand in a header (not visible ASCII, longer than 128) is dropped.
  package init(traceparent: String? = nil, correlationID: String? = nil) {
    self.traceparent = traceparent.flatMap(Self.headerSafe)
    self.correlationID = correlationID.flatMap(Self.headerSafe)
  }

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
