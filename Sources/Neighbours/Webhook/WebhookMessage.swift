package import Foundation
internal import Primitives
package import RotationCore

/// One fact for the receivers of `notify:`. Its id is a digest of the fact, so that it is the same however often and by
/// whichever run it is sent.
package struct WebhookMessage: Sendable, Hashable {
  package let id: String
  /// Parts with full stops: `rotation.swapped`.
  package let type: String
  package let body: Data

  /// `fact` is what makes it this fact and no other. `timestamp` is when it became one, ISO 8601 in UTC.
  package init(type: String, fact: Data, timestamp: String, data: JSONValue) {
    id = Self.id(type: type, fact: fact)
    self.type = type
    let value: JSONValue = ["type": .string(type), "timestamp": .string(timestamp), "data": data]
    body = value.canonical
  }

  package static func id(type: String, fact: Data) -> String {
    "msg_" + SHA256Digest(of: Data("keyturn notification\n\(type)\n".utf8) + fact).base64URL.prefix(27)
  }
}
