package import Foundation

/// A SHA-256 digest (FIPS 180-4), 32 bytes.
package struct SHA256Digest: Sendable, Hashable {
  package static let byteCount = 32

  package let bytes: Data

  package init(of message: some ContiguousBytes) {
    bytes = withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 1) { digest in
      message.withUnsafeBytes { message in
        if let place = digest.baseAddress { RepeatedSHA256.hash(message, into: place) }
      }
      return Data(digest)
    }
  }

  init(finished bytes: Data) { self.bytes = bytes }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { Hex.encode(bytes) }

  /// 43 characters, without padding.
  package var base64URL: String { Base64URL.encode(bytes) }

  /// `sha256:` and `hex`, as runbooks, plans and log entries name a digest.
  package var label: String { "sha256:" + hex }
}
