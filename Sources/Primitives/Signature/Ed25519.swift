internal import COpenSSL
package import Foundation

/// Pure Ed25519 (RFC 8032): the signature of the audit log's checkpoints.
package enum Ed25519 {
  package static let publicKeyByteCount = 32
  package static let signatureByteCount = 64

  /// False as well for a key or a signature of another length.
  package static func isValid(_ signature: Data, of message: some ContiguousBytes, publicKey: Data) -> Bool {
    guard publicKey.count == publicKeyByteCount, signature.count == signatureByteCount else { return false }
    let made = publicKey.withUnsafeBytes {
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
    }
    guard let key = Owned(made, freedBy: EVP_PKEY_free) else {
      LibcryptoErrors.drain()
      return false
    }
    return key.use { SignatureCheck.holds(key: $0, hash: nil, signature: signature, message: message) }
  }
}
