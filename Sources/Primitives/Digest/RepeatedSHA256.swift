internal import COpenSSL
private import Synchronization

/// SHA-256 through one libcrypto context for the whole process, which is set up once: making and looking one up costs more
/// than hashing a few hundred bytes. libcrypto wipes the message when it is done; the last digest stays until the next.
package enum RepeatedSHA256 {
  /// Writes the digest of `prefix` followed by `message` into `digest`, which has room for 32 bytes.
  package static func hash(_ prefix: UInt8, _ message: UnsafeRawBufferPointer, into digest: UnsafeMutableRawPointer) {
    withUnsafeBytes(of: prefix) { hash($0, message, into: digest) }
  }

  /// The same, of `message` alone.
  static func hash(_ message: UnsafeRawBufferPointer, into digest: UnsafeMutableRawPointer) {
    hash(UnsafeRawBufferPointer(start: nil, count: 0), message, into: digest)
  }

  private static func hash(
    _ prefix: UnsafeRawBufferPointer, _ message: UnsafeRawBufferPointer, into digest: UnsafeMutableRawPointer
  ) {
    context.withLock { context in
      let isDone = context.held.use { context in
        EVP_DigestInit_ex(context, nil, nil) == 1
          && EVP_DigestUpdate(context, prefix.baseAddress, prefix.count) == 1
          && EVP_DigestUpdate(context, message.baseAddress, message.count) == 1
          && EVP_DigestFinal_ex(context, digest.assumingMemoryBound(to: UInt8.self), nil) == 1
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
