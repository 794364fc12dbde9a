package import Foundation
internal import KeyMaterial
package import RotationCore

/// A key store without a passphrase: it reads public halves and signs with a pair that comes in clear from its target;
/// whatever is sealed stays shut.
package struct PublicHalves: KeyStore {
  private let keys = SealedKeyStore(passphrase: SecretBytes(utf8: ""))

  package init() {}

  package func publicKey(of privateKey: borrowing SecretBytes) throws -> PublicKey {
    try keys.publicKey(of: privateKey)
  }

  package func signer(for pair: borrowing SigningPair, algorithm: SigningAlgorithm) throws -> any AssertionSigner {
    try keys.signer(for: pair, algorithm: algorithm)
  }

  package func forget(_ kid: KeyID) {}

  package func generate(bits: Int, algorithm: SigningAlgorithm, at now: Date, kid: (Thumbprint) -> KeyID) throws
    -> SealedKey
  {
    throw Passphrase.missing
  }

  package func seal(
    _ pair: borrowing SigningPair, algorithm: SigningAlgorithm, origin: SealedKey.Origin, at now: Date
  ) throws -> SealedKey {
    throw Passphrase.missing
  }

  package func signer(for key: SealedKey) throws -> any AssertionSigner { throw Passphrase.missing }
  package func pair(from key: SealedKey) throws -> SigningPair { throw Passphrase.missing }
  package func check(_ key: SealedKey) throws { throw Passphrase.missing }
}
