internal import COpenSSL
package import Foundation

/// HMAC with SHA-256 (RFC 2104).
package enum HMACSHA256 {
  /// The 32-byte code of `message`.
  package static func code(for message: some ContiguousBytes, key: some ContiguousBytes) -> Data {
    var code = Data(count: SHA256Digest.byteCount)
    let made = key.withUnsafeBytes { key in
      message.withUnsafeBytes { message in
        code.withUnsafeMutableBytes { code in
          // A null key would mean "the key of the last call" to libcrypto.
          withUnsafeBytes(of: UInt8(0)) { none in
            HMAC(
              EVP_sha256(), key.baseAddress ?? none.baseAddress, Int32(clamping: key.count),
              message.bindMemory(to: UInt8.self).baseAddress, message.count,
              code.bindMemory(to: UInt8.self).baseAddress, nil) != nil
          }
        }
      }
    }
    precondition(made, "libcrypto has no HMAC")
    return code
  }

  /// Compares in constant time.
  package static func isValid(_ code: Data, for message: some ContiguousBytes, key: some ContiguousBytes) -> Bool {
    ConstantTime.areEqual(code, self.code(for: message, key: key))
  }
}
