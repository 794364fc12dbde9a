internal import COpenSSL
package import Foundation

/// SHA-256 over a message that comes in pieces.
package struct SHA256Hasher: ~Copyable {
  private let context: Owned<OpaquePointer>

  package init() { context = Self.context() }

  /// A context that is ready for a message.
  static func context() -> Owned<OpaquePointer> {
    guard let context = Owned(EVP_MD_CTX_new(), freedBy: EVP_MD_CTX_free),
      context.use({ EVP_DigestInit_ex($0, EVP_sha256(), nil) }) == 1
    else { preconditionFailure("libcrypto has no SHA-256") }
    return context
  }

  package mutating func update(_ piece: some ContiguousBytes) {
    let taken = piece.withUnsafeBytes { piece in
      context.use { EVP_DigestUpdate($0, piece.baseAddress, piece.count) }
    }
    precondition(taken == 1, "libcrypto refused to hash")
  }

  package consuming func finish() -> SHA256Digest {
    var digest = Data(count: SHA256Digest.byteCount)
    let finished = digest.withUnsafeMutableBytes { digest in
      context.use { EVP_DigestFinal_ex($0, digest.bindMemory(to: UInt8.self).baseAddress, nil) }
    }
    precondition(finished == 1, "libcrypto refused to hash")
    return SHA256Digest(finished: digest)
  }
}
