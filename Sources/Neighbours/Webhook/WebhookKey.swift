internal import Foundation
internal import Primitives
package import RotationCore

/// A receiver's signing secret (Standard Webhooks, "Signature scheme"): `whsec_` and base64, or any other text, whose
/// UTF-8 bytes are the key.
package struct WebhookKey: Sendable, CustomStringConvertible {
  private let bytes: Data

  /// Throws `inputInvalid` for `whsec_` with anything but base64 behind it.
  package init(_ secret: SecretString) throws(Failure) {
    let text = secret.reveal()
    guard text.hasPrefix(Self.prefix) else {
      bytes = Data(text.utf8)
      return
    }
    guard let decoded = Base64.decode(String(text.dropFirst(Self.prefix.count))), !decoded.isEmpty else {
      throw Failure(
        .inputInvalid, "a secret that begins with \(Self.prefix) goes on in base64, and this one does not",
        remedy: ["copy the receiver's signing secret whole, padding included"])
    }
    bytes = decoded
  }

  private static let prefix = "whsec_"

  package var description: String { "<secret>" }

  /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; `timestamp` in whole seconds of Unix time.
  func signature(id: String, timestamp: Int64, body: Data) -> String {
    "v1," + Base64.encode(HMACSHA256.code(for: Data("\(id).\(timestamp).".utf8) + body, key: bytes))
  }
}
