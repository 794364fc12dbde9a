internal import COpenSSL
internal import Foundation
internal import Primitives

/// How a passphrase becomes the AES-256-CBC key of an encrypted PKCS#8 (PBES2, RFC 8018 section 6.2). What is sealed
/// carries its own scheme, so any store opens what another sealed.
package struct SealingScheme: Sendable, Hashable {
  enum Derivation: Sendable, Hashable {
    /// RFC 7914, with its own names: cost, block size, parallelization.
    case scrypt(n: UInt64, r: UInt64, p: UInt64)
    /// RFC 8018 with HMAC-SHA256.
    case pbkdf2(rounds: Int32)
  }

  let derivation: Derivation

  /// scrypt with N=16384, r=8, p=5: 16 MiB and some 0.35 s.
  package static let scrypt = SealingScheme(derivation: .scrypt(n: 16384, r: 8, p: 5))

  /// PBKDF2 with 600,000 rounds, for hosts that allow nothing else: some 0.35 s.
  package static let pbkdf2 = SealingScheme(derivation: .pbkdf2(rounds: 600_000))

  /// The PBES2 AlgorithmIdentifier with a fresh 16-byte salt and IV. The caller frees it.
  func makeAlgorithm() -> UnsafeMutablePointer<X509_ALGOR>? {
    var salt = Array(RandomBytes.make(16))
    switch derivation {
    case .scrypt(let n, let r, let p):
      return PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, Int32(salt.count), nil, n, r, p)
    case .pbkdf2(let rounds):
      return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, &salt, Int32(salt.count), nil, NID_hmacWithSHA256)
    }
  }
}
