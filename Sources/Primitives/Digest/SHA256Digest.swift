internal import COpenSSL
package import Foundation

/// A SHA-256 digest (FIPS 180-4), 32 bytes.
package struct SHA256Digest: Sendable, Hashable {
  package static let byteCount = 32

  package let bytes: Data

  package init(of message: some ContiguousBytes) {
    var digest = Data(count: Self.byteCount)
    let made = message.withUnsafeBytes { message in
      digest.withUnsafeMutableBytes { digest in
        COpenSSL.SHA256(message.bindMemory(to: UInt8.self).baseAddress, message.count, digest.baseAddress) != nil
      }
    }
    precondition(made, "libcrypto has no SHA-256")
    bytes = digest
  }

  init(finished bytes: Data) { self.bytes = bytes }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { Hex.encode(bytes) }

  /// 43 characters, without padding.
  package var base64URL: String { Base64URL.encode(bytes) }

  /// `sha256:` and `hex`, as runbooks, plans and log entries name a digest.
  package var label: String { "sha256:" + hex }
}
