internal import COpenSSL
internal import Foundation

enum SignatureCheck {
  /// `EVP_DigestVerify` in one call; `hash` is nil for the schemes that bring their own (Ed25519).
  static func holds(
    key: OpaquePointer, hash: OpaquePointer?, signature: Data, message: some ContiguousBytes
  ) -> Bool {
    guard let context = Owned(EVP_MD_CTX_new(), freedBy: EVP_MD_CTX_free) else { return false }
    let verified = context.use { context in
      signature.withUnsafeBytes { signature in
        message.withUnsafeBytes { message in
          EVP_DigestVerifyInit(context, nil, hash, nil, key) == 1
            && EVP_DigestVerify(
              context, signature.bindMemory(to: UInt8.self).baseAddress, signature.count,
              message.bindMemory(to: UInt8.self).baseAddress, message.count) == 1
        }
      }
    }
    if !verified { LibcryptoErrors.drain() }
    return verified
  }
}
