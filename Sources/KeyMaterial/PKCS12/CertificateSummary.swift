internal import COpenSSL
package import Foundation
internal import Primitives

/// What people need to know of a certificate. It is not verified: Maskinporten does that.
package struct CertificateSummary: Sendable, Hashable, Codable {
  /// Distinguished names as RFC 2253 writes them.
  package let subject: String
  package let issuer: String
  package let notBefore: Date
  package let notAfter: Date
  /// SHA-256 over the DER, lower-case hexadecimal.
  package let fingerprint: String

  /// Nil for a certificate whose times or names cannot be read. `certificate` is an `X509`, lent.
  init?(_ certificate: OpaquePointer) {
    var digest = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
    guard let subject = Self.text(X509_get_subject_name(certificate)),
      let issuer = Self.text(X509_get_issuer_name(certificate)),
      let notBefore = Self.date(X509_get0_notBefore(certificate)),
      let notAfter = Self.date(X509_get0_notAfter(certificate)),
      X509_digest(certificate, EVP_sha256(), &digest, nil) == 1
    else { return nil }
    self.subject = subject
    self.issuer = issuer
    self.notBefore = notBefore
    self.notAfter = notAfter
    fingerprint = Hex.encode(digest)
  }

  private static func text(_ name: OpaquePointer?) -> String? {
    guard let output = Owned(BIO_new(BIO_s_mem()), freedBy: BIO_vfree) else { return nil }
    return output.use { output in
      guard shim_X509_NAME_print(output, name) >= 0 else { return nil }
      var start: UnsafeMutablePointer<CChar>?
      let count = shim_BIO_get_mem_data(output, &start)
      return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
  }

  private static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
    guard let epoch = Owned(ASN1_TIME_set(nil, 0), freedBy: ASN1_TIME_free) else { return nil }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard epoch.use({ ASN1_TIME_diff(&days, &seconds, $0, time) }) == 1 else { return nil }
    return Date(timeIntervalSince1970: TimeInterval(days) * 86_400 + TimeInterval(seconds))
  }
}
