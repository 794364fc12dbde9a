package import Foundation
package import RotationCore

/// What a PKCS#12 file (RFC 7292) holds, as issuers hand out a virksomhetssertifikat: the first private key, and the
/// certificate that belongs to it.
package struct PKCS12File: ~Copyable, Sendable {
  /// PKCS#8 PEM.
  package let privateKey: SecretBytes
  package let publicKey: PublicKey
  /// Nil where the file has none for the key.
  package let certificate: CertificateSummary?

  /// Throws `passphraseWrong` where `password` does not open it, `keyUnusable` for a file that has no RSA key to sign
  /// with. The old ciphers (RC2, as Windows and Java long wrote them) are read where OpenSSL's legacy provider is
  /// there.
  package init(reading file: Data, password: borrowing SecretBytes) throws {
    let reading = try PKCS12Reading.of(file, password: password)
    publicKey = try PrivateKey.reading(reading.privateKey).publicKey()
    privateKey = reading.privateKey
    certificate = reading.certificate
  }
}
