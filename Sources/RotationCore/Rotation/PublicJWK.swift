/// The signature algorithms that Maskinporten takes (docs.digdir.no, JWT grant).
package enum SigningAlgorithm: String, Sendable, Hashable, Codable, CaseIterable { case RS256, RS384, RS512 }

/// A JWK thumbprint: RFC 7638 with SHA-256, base64url without padding (43 characters).
package struct Thumbprint: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
  package var description: String { rawValue }

  package init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

/// The public half of an RSA key: `n` and `e` as JWK writes them (RFC 7518 section 6.3.1, base64url, no padding).
package struct PublicKey: Hashable, Sendable, Codable {
  package let n: String
  package let e: String
  package let thumbprint: Thumbprint
  /// The modulus' length in bits.
  package let bits: Int

  package init(n: String, e: String, thumbprint: Thumbprint, bits: Int) {
    self.n = n
    self.e = e
    self.thumbprint = thumbprint
    self.bits = bits
  }
}

/// A public key under its kid: what the portal lists and an assertion header names.
package struct KeyReference: Hashable, Sendable, Codable {
  package let kid: KeyID
  package let algorithm: SigningAlgorithm
  package let publicKey: PublicKey
  package var thumbprint: Thumbprint { publicKey.thumbprint }

  package init(kid: KeyID, algorithm: SigningAlgorithm, publicKey: PublicKey) {
    self.kid = kid
    self.algorithm = algorithm
    self.publicKey = publicKey
  }

  /// The JWK for Samarbeidsportalen: kty, use, alg, kid, n, e and nothing else; private members have no place to come from.
  package var jwk: JSONValue {
    [
      "kty": "RSA", "use": "sig", "alg": .string(algorithm.rawValue), "kid": .string(kid.rawValue),
      "n": .string(publicKey.n), "e": .string(publicKey.e),
    ]
  }
}
