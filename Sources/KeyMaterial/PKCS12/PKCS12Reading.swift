internal import COpenSSL
internal import Foundation
internal import Primitives
internal import RotationCore

/// One reading of a PKCS#12 file, in a library context of its own so that the old ciphers stay out of everything else.
/// Only bytes leave it: no libcrypto object may outlive its context.
struct PKCS12Reading: ~Copyable {
  /// PKCS#8 PEM.
  let privateKey: SecretBytes
  let certificate: CertificateSummary?

  private init(key: PrivateKey, certificate: CertificateSummary?) throws {
    privateKey = try key.pem()
    self.certificate = certificate
  }

  static func of(_ file: Data, password: borrowing SecretBytes) throws -> PKCS12Reading {
    defer { LibcryptoErrors.drain() }
    guard let library = CipherLibrary() else { throw Failure.libcrypto("read a PKCS#12 file") }
    // The legacy module may be missing.
    LibcryptoErrors.drain()
    return try library.use { library in
      guard let container = container(file, library: library) else {
        throw Failure.keyUnusable("it is not a PKCS#12 file", remedy: "give the .p12 or .pfx file as it was issued")
      }
      // libcrypto reads the password to its NUL.
      let terminated = SecretBytes(count: password.count + 1) { room in
        password.withBytes { room.copyMemory(from: $0) }
      }
      let (key, certificate) = try container.use { container in
        try terminated.withBytes {
          try contents(of: container, password: $0.bindMemory(to: CChar.self).baseAddress)
        }
      }
      return try PKCS12Reading(key: key, certificate: certificate)
    }
  }

  private static func container(_ file: Data, library: OpaquePointer) -> Owned<OpaquePointer>? {
    var container = PKCS12_init_ex(NID_pkcs7_data, library, nil)
    let isRead = file.withUnsafeBytes { bytes in
      guard let input = Owned(BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)), freedBy: BIO_vfree)
      else { return false }
      return input.use { d2i_PKCS12_bio($0, &container) != nil }
    }
    let owned = Owned(container, freedBy: PKCS12_free)
    return isRead ? owned : nil
  }

  /// The MAC is what tells a file of the password's owner from anybody's, so it must be there, and it names its own cost
  /// (RFC 7292 appendix B.2), so that is bounded before it is paid.
  private static func checkMAC(of container: OpaquePointer) throws {
    var rounds: UnsafePointer<ASN1_INTEGER>?
    PKCS12_get0_mac(nil, nil, nil, &rounds, container)
    guard PKCS12_mac_present(container) == 1 else {
      throw Failure.keyUnusable(
        "the PKCS#12 file has no MAC, so the password cannot tell whether it was changed",
        remedy: "export it again with one, as every tool does by itself")
    }
    guard let rounds else { return }
    let count = ASN1_INTEGER_get(rounds)
    guard (0...mostRounds).contains(count) else {
      throw Failure.keyUnusable(
        "the PKCS#12 file asks for \(count) rounds to check its password, and \(mostRounds) are the most here",
        remedy: "export it again with the tool's own number of rounds")
    }
  }

  /// Some two seconds; tools write 2,048 to 1,000,000.
  private static let mostRounds = 5_000_000

  private static func contents(of container: OpaquePointer, password: UnsafePointer<CChar>?) throws
    -> (PrivateKey, CertificateSummary?)
  {
    try checkMAC(of: container)
    guard PKCS12_verify_mac(container, password, -1) == 1 else {
      LibcryptoErrors.drain()
      throw Failure(
        .passphraseWrong, "the password does not open the PKCS#12 file",
        remedy: ["give the password that came with the file; it is not Keyturn's passphrase"])
    }
    var key: OpaquePointer?
    var certificate: OpaquePointer?
    let parsed = PKCS12_parse(container, password, &key, &certificate, nil)
    let owner = PrivateKey(owning: key)
    let owned = Owned(certificate, freedBy: X509_free)
    guard parsed == 1 else {
      throw Failure.keyUnusable(
        "the PKCS#12 file cannot be read",
        remedy: "write it anew with current ciphers: openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export")
    }
    guard let owner else {
      throw Failure.keyUnusable(
        "the PKCS#12 file holds no private key", remedy: "export it again, with the private key")
    }
    guard let owned else { return (owner, nil) }
    return (owner, owned.use { CertificateSummary($0) })
  }
}
