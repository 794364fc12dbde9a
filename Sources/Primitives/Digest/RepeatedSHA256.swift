internal import COpenSSL
private import Synchronization

/// SHA-256 of very many short messages through one libcrypto context, which is set up once: making and looking one up
/// costs more than hashing a few hundred bytes.
package enum RepeatedSHA256 {
  /// Writes the digest of `prefix` followed by `message` into `digest`, which has room for 32 bytes.
  package static func hash(_ prefix: UInt8, _ message: UnsafeRawBufferPointer, into digest: UnsafeMutableRawPointer) {
    context.withLock { context in
      let isDone = context.held.use { context in
        withUnsafeBytes(of: prefix) { prefix in
          EVP_DigestInit_ex(context, nil, nil) == 1
            && EVP_DigestUpdate(context, prefix.baseAddress, 1) == 1
            && EVP_DigestUpdate(context, message.baseAddress, message.count) == 1
            && EVP_DigestFinal_ex(context, digest.assumingMemoryBound(to: UInt8.self), nil) == 1
        }
      }
      precondition(isDone, "libcrypto refused to hash")
    }
  }

  private static let context = Mutex(Context())

  /// Goes nowhere without the lock around it.
  private struct Context: ~Copyable, @unchecked Sendable {
    let held = SHA256Hasher.context()
  }
}
