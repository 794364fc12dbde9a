package import Foundation

/// A private half at rest: encrypted PKCS#8 under the operator's passphrase, beside what may be public about it.
package struct SealedKey: Sendable, Hashable, Codable {
  package enum Origin: String, Sendable, Hashable, Codable, CaseIterable { case generated, adopted, imported, outgoing }

  package var reference: KeyReference
  package var origin: Origin
  package var createdAt: Date
  /// DER of EncryptedPrivateKeyInfo (RFC 5958), PBES2.
  package var pkcs8: Data

  package init(reference: KeyReference, origin: Origin, createdAt: Date, pkcs8: Data) {
    self.reference = reference
    self.origin = origin
    self.createdAt = createdAt
    self.pkcs8 = pkcs8
  }

  package var kid: KeyID { reference.kid }
}

/// Makes, seals and uses private halves. Nothing that it returns but `SigningPair` holds one in clear.
/// Throws `Failure` (`keyUnusable`, `passphraseWrong`) and nothing else.
package protocol KeyStore: Sendable {
  /// A new RSA key, sealed. `kid` names it from its thumbprint.
  func generate(bits: Int, algorithm: SigningAlgorithm, at now: Date, kid: (Thumbprint) -> KeyID) throws -> SealedKey
  /// Seals a pair that exists. Refuses what a signer could not use (not RSA, shorter than 2048 bits).
  func seal(_ pair: borrowing SigningPair, algorithm: SigningAlgorithm, origin: SealedKey.Origin, at now: Date) throws
    -> SealedKey
  /// The public half of a PEM private key.
  func publicKey(of privateKey: borrowing SecretBytes) throws -> PublicKey
  /// A signer for a sealed key; derives the sealing key at most once a process and key.
  func signer(for key: SealedKey) throws -> any AssertionSigner
  /// A signer straight from a PEM (the admin client's key; a target's pair).
  func signer(for pair: borrowing SigningPair, algorithm: SigningAlgorithm) throws -> any AssertionSigner
  /// The pair in clear (PKCS#8 PEM), for the one write to a target.
  func pair(from key: SealedKey) throws -> SigningPair
  /// Unseals `key` from its stored bytes, past any cache, and compares the public half. Throws when it is not usable.
  func check(_ key: SealedKey) throws
  /// Drops what this process still holds of the key.
  func forget(_ kid: KeyID)
}

/// Signs the JWS of an RFC 7523 assertion. Synchronous, so that no private byte crosses an `await`.
package protocol AssertionSigner: Sendable {
  var reference: KeyReference { get }
  /// Compact JWS with header `{"alg","kid","typ":"JWT"}` and these claims as payload.
  func sign(claims: JSONValue) throws -> String
}
