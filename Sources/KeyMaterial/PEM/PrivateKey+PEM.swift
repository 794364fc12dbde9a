internal import COpenSSL
internal import Foundation
internal import Primitives
internal import RotationCore

extension PrivateKey {
  /// Reads PKCS#8 or PKCS#1 PEM by the same libcrypto call as Node's `crypto.createPrivateKey`, and so takes and
  /// refuses what that does; a file with several keys gives its first. What is encrypted is refused: there is nobody
  /// to ask. A refusal names the text's shape where it has one of the known wrong ones.
  static func reading(_ pem: borrowing SecretBytes) throws -> PrivateKey {
    LibcryptoErrors.drain()
    let key = pem.withBytes { bytes -> OpaquePointer? in
      guard let input = Owned(BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)), freedBy: BIO_vfree)
      else { return nil }
      return input.use { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
    }
    let isClean = LibcryptoErrors.isEmpty
    guard let key = PrivateKey(owning: key) else {
      let shape = PEMShape.lint(pem)
      throw Failure.keyUnusable("the private key is not usable PEM: \(shape.problem)", remedy: shape.remedy)
    }
    // Node drops a key that left an error behind.
    guard isClean else { throw Failure.keyUnusable("the private key is damaged", remedy: PEMShape.damaged.remedy) }
    return key
  }

  /// PKCS#8 PEM (RFC 5958), unencrypted. The buffer that held it is wiped.
  func pem() throws -> SecretBytes {
    guard let output = Owned(BIO_new(BIO_s_secmem()), freedBy: BIO_vfree) else {
      throw Failure.libcrypto("write a key")
    }
    return try output.use { output in
      guard use({ PEM_write_bio_PKCS8PrivateKey(output, $0, nil, nil, 0, nil, nil) }) == 1 else {
        throw Failure.libcrypto("write a key")
      }
      var start: UnsafeMutablePointer<CChar>?
      let count = shim_BIO_get_mem_data(output, &start)
      return SecretBytes(copying: UnsafeRawBufferPointer(start: start, count: count))
    }
  }
}
