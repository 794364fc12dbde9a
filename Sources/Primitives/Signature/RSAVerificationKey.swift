internal import COpenSSL
package import Foundation

/// The public half of an RSA key, ready to verify. Freed with its last holder; usable from any thread.
package final class RSAVerificationKey: @unchecked Sendable {
  /// Moduli that are taken, in bits: RFC 7518 section 3.3 below, libcrypto above.
  package static let modulusBits = 2048...16384

  private let key: OpaquePointer
  /// The modulus' length in bits.
  package let bits: Int

  /// `n` and `e` as a JWK writes them (RFC 7518 section 6.3.1): strict base64url, no leading zero byte. Nil for another
  /// spelling, a modulus outside `modulusBits`, or an exponent that is even, below 3 or above 64 bits.
  package init?(n: String, e: String) {
    guard let modulus = Base64URL.decode(n), let exponent = Base64URL.decode(e),
      modulus.first != 0, let lead = exponent.first, lead != 0, exponent.count <= 8,
      let last = exponent.last, last & 1 == 1, exponent != Data([1]),
      let key = Self.key(modulus: modulus, exponent: exponent)
    else {
      LibcryptoErrors.drain()
      return nil
    }
    self.key = key
    bits = Int(EVP_PKEY_get_bits(key))
    guard Self.modulusBits.contains(bits) else { return nil }
  }

  deinit { EVP_PKEY_free(key) }

  /// Whether `signature` is this key's RSASSA-PKCS1-v1_5 over `message` (RFC 8017 section 8.2.2).
  package func isValid(_ signature: Data, of message: some ContiguousBytes, hash: RSAHash) -> Bool {
    SignatureCheck.holds(key: key, hash: hash.messageDigest, signature: signature, message: message)
  }

  /// PEM of the SubjectPublicKeyInfo (RFC 5280), as portals take it beside a JWK.
  package var pem: String? {
    guard let output = Owned(BIO_new(BIO_s_mem()), freedBy: BIO_vfree) else { return nil }
    return output.use { output in
      guard PEM_write_bio_PUBKEY(output, key) == 1 else {
        LibcryptoErrors.drain()
        return nil
      }
      var start: UnsafeMutablePointer<CChar>?
      let count = shim_BIO_get_mem_data(output, &start)
      return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
  }

  private static func key(modulus: Data, exponent: Data) -> OpaquePointer? {
    guard let n = number(modulus), let e = number(exponent),
      let builder = Owned(OSSL_PARAM_BLD_new(), freedBy: OSSL_PARAM_BLD_free),
      let context = Owned(EVP_PKEY_CTX_new_from_name(nil, "RSA", nil), freedBy: EVP_PKEY_CTX_free)
    else { return nil }
    // The builder refers to both numbers until the parameters are made.
    let made = n.use { n in
      e.use { e in
        builder.use { builder -> UnsafeMutablePointer<OSSL_PARAM>? in
          guard shim_OSSL_PARAM_BLD_push_RSA(builder, n, e) == 1 else { return nil }
          return OSSL_PARAM_BLD_to_param(builder)
        }
      }
    }
    guard let parameters = Owned(made, freedBy: OSSL_PARAM_free) else { return nil }
    return context.use { context in
      parameters.use { parameters in
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
          EVP_PKEY_fromdata(context, &key, shim_EVP_PKEY_PUBLIC_KEY(), parameters) == 1
        else { return nil }
        return key
      }
    }
  }

  private static func number(_ bytes: Data) -> Owned<OpaquePointer>? {
    let number = bytes.withUnsafeBytes {
      BN_bin2bn($0.bindMemory(to: UInt8.self).baseAddress, Int32(clamping: $0.count), nil)
    }
    return Owned(number, freedBy: BN_free)
  }
}
