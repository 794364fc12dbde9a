internal import COpenSSL

/// The hash of an RSASSA-PKCS1-v1_5 signature; the raw value is its JOSE algorithm (RFC 7518 section 3.3).
package enum RSAHash: String, Sendable, Hashable, CaseIterable {
  case sha256 = "RS256"
  case sha384 = "RS384"
  case sha512 = "RS512"

  /// libcrypto's `EVP_MD`, which lives as long as the process.
  package var messageDigest: OpaquePointer? {
    switch self {
    case .sha256: EVP_sha256()
    case .sha384: EVP_sha384()
    case .sha512: EVP_sha512()
    }
  }
}
