internal import COpenSSL
package import Foundation

package enum ConstantTime {
  /// Whether two secrets are the same. The time taken tells neither where they differ nor whether their lengths do:
  /// their digests are compared.
  package static func areEqual(_ left: some ContiguousBytes, _ right: some ContiguousBytes) -> Bool {
    let (left, right) = (SHA256Digest(of: left).bytes, SHA256Digest(of: right).bytes)
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
    }
  }
}
