package import Foundation

/// Base64 with padding (RFC 4648 section 4), one line.
package enum Base64 {
  package static func encode(_ bytes: some ContiguousBytes) -> String {
    bytes.withUnsafeBytes { Data($0).base64EncodedString() }
  }

  /// Strict: the alphabet, whole padding, no blanks, no stray bits in the last character. Nil for anything else, so
  /// that one byte string has one encoding.
  package static func decode(_ text: String) -> Data? {
    guard let bytes = Data(base64Encoded: text), encode(bytes) == text else { return nil }
    return bytes
  }
}
