internal import COpenSSL

/// The numbers of an RSA private key with two primes (RFC 8017 section 3.2).
struct RSANumbers {
  let n, e: BigNumber
  private let d, p, q, dP, dQ, qInv: BigNumber

  /// Nil for a key that lacks one of them.
  init?(of key: PrivateKey) {
    guard let n = BigNumber(OSSL_PKEY_PARAM_RSA_N, of: key), let e = BigNumber(OSSL_PKEY_PARAM_RSA_E, of: key),
      let d = BigNumber(OSSL_PKEY_PARAM_RSA_D, of: key),
      let p = BigNumber(OSSL_PKEY_PARAM_RSA_FACTOR + "1", of: key),
      let q = BigNumber(OSSL_PKEY_PARAM_RSA_FACTOR + "2", of: key),
      let dP = BigNumber(OSSL_PKEY_PARAM_RSA_EXPONENT + "1", of: key),
      let dQ = BigNumber(OSSL_PKEY_PARAM_RSA_EXPONENT + "2", of: key),
      let qInv = BigNumber(OSSL_PKEY_PARAM_RSA_COEFFICIENT + "1", of: key)
    else { return nil }
    (self.n, self.e, self.d, self.p, self.q, self.dP, self.dQ, self.qInv) = (n, e, d, p, q, dP, dQ, qInv)
  }

  /// Whether they belong together. libcrypto signs with a damaged `dP` too (it falls back to `d`), so no signature
  /// would tell. Primality is not asked: no accident leaves `n = p q` true.
  var areConsistent: Bool {
    let (beforeP, beforeQ) = (p.predecessor, q.predecessor)
    return n.isProduct(of: p, q)
      && e.isInverse(of: dP, modulo: beforeP) && e.isInverse(of: dQ, modulo: beforeQ)
      && e.isInverse(of: d, modulo: beforeP) && e.isInverse(of: d, modulo: beforeQ)
      && q.isInverse(of: qInv, modulo: p)
  }
}
