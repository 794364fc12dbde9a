package import Foundation

/// The `_meta` of an answer: who said it, when, and under which id its records can be found.
package struct AnswerMeta: Sendable, Hashable {
  package var service: String
  package var version: String
  package var timestamp: Date
  /// The caller's `X-Correlation-ID`, or one of our own.
  package var correlationID: String

  package init(service: String = "keyturn", version: String, timestamp: Date, correlationID: String) {
    self.service = service
    self.version = version
    self.timestamp = timestamp
    self.correlationID = correlationID
  }

  package var json: JSONValue {
    [
      "service": .string(service), "version": .string(version), "timestamp": .string(timestamp.iso8601),
      "correlation_id": .string(correlationID),
    ]
  }
}
