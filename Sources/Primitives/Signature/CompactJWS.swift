package import Foundation

/// A JWS in compact form, taken apart (RFC 7515 section 7.1). What the header says is the reader's to judge.
package struct CompactJWS: Sendable, Hashable {
  /// JSON text, not yet parsed.
  package let header: Data
  package let payload: Data
  package let signature: Data
  /// What the signature covers: the first two parts as they were sent.
  package let signingInput: Data

  /// Nil unless `text` is three parts of strict base64url.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
      String(Substring($0))
    }
    guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2])
    else { return nil }
    self.header = header
    self.payload = payload
    self.signature = signature
    signingInput = Data((parts[0] + "." + parts[1]).utf8)
  }

  /// The text that a signer of `header` and `payload` signs.
  package static func signingInput(header: Data, payload: Data) -> String {
    Base64URL.encode(header) + "." + Base64URL.encode(payload)
  }

  /// The caller fixes `hash` from what it expects, never from the header alone (RFC 8725 section 3.1).
  package func isSigned(by key: RSAVerificationKey, hash: RSAHash) -> Bool {
    key.isValid(signature, of: signingInput, hash: hash)
  }
}
