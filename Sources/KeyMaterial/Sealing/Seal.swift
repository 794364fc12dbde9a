internal import COpenSSL
internal import Foundation
internal import Primitives
internal import RotationCore

/// Encrypted PKCS#8 (RFC 5958 section 3, PBES2) under one passphrase: what `openssl pkcs8` writes and reads.
struct Seal: ~Copyable {
  enum Trouble: Error {
    case passphraseWrong
    /// The bytes cannot be what was sealed; the passphrase is not in question.
    case damaged
  }

  private let passphrase: SecretBytes
  private let scheme: SealingScheme

  init(passphrase: consuming SecretBytes, scheme: SealingScheme) {
    self.passphrase = passphrase
    self.scheme = scheme
  }

  /// DER of EncryptedPrivateKeyInfo. Derives once.
  func close(_ key: PrivateKey) throws -> Data {
    guard passphrase.count > 0 else {
      throw Failure(
        .passphraseWrong, "an empty passphrase seals nothing",
        remedy: ["set KEYTURN_PASSPHRASE_FILE to a file with one"])
    }
    guard let plain = Owned(key.use { EVP_PKEY2PKCS8($0) }, freedBy: PKCS8_PRIV_KEY_INFO_free),
      let algorithm = scheme.makeAlgorithm()
    else { throw Failure.libcrypto("seal a key") }
    let sealed = plain.use { plain in
      withPassphrase { PKCS8_set0_pbe($0, $1, plain, algorithm) }
    }
    guard let sealed = Owned(sealed, freedBy: X509_SIG_free) else {
      X509_ALGOR_free(algorithm)
      throw Failure.libcrypto("seal a key")
    }
    return try sealed.use { sealed in
      var der: UnsafeMutablePointer<UInt8>?
      let count = i2d_X509_SIG(sealed, &der)
      guard count > 0, let der else { throw Failure.libcrypto("seal a key") }
      defer { shim_OPENSSL_free(der) }
      return Data(bytes: der, count: Int(count))
    }
  }

  /// The key, its numbers unchecked. Derives once. Throws `Trouble`.
  ///
  /// CBC carries no code that tells a wrong passphrase from damage, so the padding stays on and the first block is
  /// looked at: under the right passphrase it begins as every PKCS#8 does.
  func open(_ sealed: Data) throws -> PrivateKey {
    defer { LibcryptoErrors.drain() }
    let envelope = Owned(
      sealed.withUnsafeBytes { bytes -> OpaquePointer? in
        var cursor = bytes.bindMemory(to: UInt8.self).baseAddress
        let end = cursor.map { $0 + bytes.count }
        let envelope = d2i_X509_SIG(nil, &cursor, bytes.count)
        if envelope != nil, cursor != end {
          X509_SIG_free(envelope)
          return nil
        }
        return envelope
      }, freedBy: X509_SIG_free)
    guard let envelope else { throw Trouble.damaged }
    let padded = try envelope.use { try decrypt($0) }
    return try padded.withBytes { padded in
      guard Self.beginsAsPKCS8(padded) else { throw Trouble.passphraseWrong }
      guard let padding = padded.last.map(Int.init), (1...16).contains(padding),
        padded.suffix(padding).allSatisfy({ $0 == padding }),
        let key = Self.key(from: UnsafeRawBufferPointer(rebasing: padded.dropLast(padding)))
      else { throw Trouble.damaged }
      return key
    }
  }

  private func decrypt(_ envelope: OpaquePointer) throws -> SecretBytes {
    var algorithm: UnsafePointer<X509_ALGOR>?
    var octets: UnsafePointer<ASN1_OCTET_STRING>?
    X509_SIG_get0(envelope, &algorithm, &octets)
    let count = Int(ASN1_STRING_length(octets))
    guard let algorithm = algorithm?.pointee, OBJ_obj2nid(algorithm.algorithm) == NID_pbes2,
      count > 0, count.isMultiple(of: 16),
      let context = Owned(EVP_CIPHER_CTX_new(), freedBy: EVP_CIPHER_CTX_free)
    else { throw Trouble.damaged }
    return try context.use { context in
      let ready = withPassphrase {
        EVP_PBE_CipherInit(algorithm.algorithm, $0, $1, algorithm.parameter, context, 0)
      }
      guard ready == 1, EVP_CIPHER_CTX_get_block_size(context) == 16, EVP_CIPHER_CTX_set_padding(context, 0) == 1 else {
        throw Trouble.damaged
      }
      return try SecretBytes(count: count) { plain in
        var written: Int32 = 0
        let start = plain.bindMemory(to: UInt8.self).baseAddress
        guard EVP_DecryptUpdate(context, start, &written, ASN1_STRING_get0_data(octets), Int32(count)) == 1,
          Int(written) == count
        else { throw Trouble.damaged }
      }
    }
  }

  private func withPassphrase<R>(_ body: (UnsafePointer<CChar>?, Int32) -> R) -> R {
    passphrase.withBytes { body($0.bindMemory(to: CChar.self).baseAddress, Int32(clamping: $0.count)) }
  }

  /// SEQUENCE, its length in the short or the long form, version 0, SEQUENCE: a wrong key meets it once in 2^40.
  private static func beginsAsPKCS8(_ plain: UnsafeRawBufferPointer) -> Bool {
    guard plain.count >= 16, plain[0] == 0x30 else { return false }
    let lengthBytes = plain[1] < 0x80 ? 0 : Int(plain[1] & 0x7F)
    return lengthBytes <= 2 && plain[(2 + lengthBytes)...].starts(with: [0x02, 0x01, 0x00, 0x30])
  }

  private static func key(from plain: UnsafeRawBufferPointer) -> PrivateKey? {
    var cursor = plain.bindMemory(to: UInt8.self).baseAddress
    let end = cursor.map { $0 + plain.count }
    guard let info = Owned(d2i_PKCS8_PRIV_KEY_INFO(nil, &cursor, plain.count), freedBy: PKCS8_PRIV_KEY_INFO_free),
      cursor == end
    else { return nil }
    return PrivateKey(owning: info.use { EVP_PKCS82PKEY($0) })
  }
}
