internal import COpenSSL
package import Foundation
internal import RotationCore

/// The Ed25519 key that signs the audit log's checkpoints (C2SP signed-note, type 0x01), in use.
package final class LogSigningKey: Sendable {
  let key: PrivateKey
  /// The 32 bytes of RFC 8032.
  package let publicKey: Data

  init(_ key: PrivateKey) throws {
    guard key.typeName == "ED25519" else {
      throw Failure.keyUnusable("the log key is of type \(key.typeName), not Ed25519", remedy: "restore a backup")
    }
    var count = 32
    var bytes = Data(count: count)
    let read = bytes.withUnsafeMutableBytes { bytes in
      key.use { EVP_PKEY_get_raw_public_key($0, bytes.bindMemory(to: UInt8.self).baseAddress, &count) }
    }
    guard read == 1, count == bytes.count else { throw Failure.libcrypto("read the log key") }
    self.key = key
    publicKey = bytes
  }

  static func generate() throws -> PrivateKey {
    guard let key = PrivateKey(owning: shim_EVP_ED25519_gen()) else {
      throw Failure.libcrypto("generate an Ed25519 key")
    }
    return key
  }

  /// The 64-byte signature over `message`.
  package func sign(_ message: Data) throws -> Data { Data(try key.signature(over: Array(message), hash: nil)) }
}

/// The log's key at rest: sealed as the signing keys are, beside its public half.
package struct SealedLogKey: Sendable, Hashable, Codable {
  /// DER of EncryptedPrivateKeyInfo (RFC 5958), PBES2.
  package var pkcs8: Data
  package var publicKey: Data

  package init(pkcs8: Data, publicKey: Data) {
    self.pkcs8 = pkcs8
    self.publicKey = publicKey
  }
}
