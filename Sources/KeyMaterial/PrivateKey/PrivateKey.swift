internal import COpenSSL
internal import Primitives
internal import RotationCore

/// The one owner of a private key in clear: an `EVP_PKEY`, freed (libcrypto wipes it) with its last holder. libcrypto
/// lets threads share it; it has no description and nothing takes it out of this room.
final class PrivateKey: @unchecked Sendable {
  private let key: OpaquePointer

  /// Takes over what a libcrypto constructor returned; nil where that failed.
  init?(owning key: OpaquePointer?) {
    guard let key else { return nil }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  func use<R: ~Copyable>(_ body: (OpaquePointer) throws -> R) rethrows -> R { try body(key) }

  /// As libcrypto names it: `RSA`, `RSA-PSS`, `EC`, `ED25519`.
  var typeName: String { use { EVP_PKEY_get0_type_name($0).map { String(cString: $0) } ?? "unknown" } }

  /// A signature over `message`; `hash` is nil for Ed25519.
  func signature(over message: [UInt8], hash: OpaquePointer?) throws -> [UInt8] {
    guard let context = Owned(EVP_MD_CTX_new(), freedBy: EVP_MD_CTX_free) else { throw Failure.libcrypto("sign") }
    return try context.use { context in
      try use { key in
        var count = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSignInit(context, nil, hash, nil, key) == 1,
          EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw Failure.libcrypto("sign") }
        return Array(signature.prefix(count))
      }
    }
  }
}
