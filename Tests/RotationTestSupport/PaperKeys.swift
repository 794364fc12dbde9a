package import Foundation
package import RotationCore
private import Synchronization

/// Keys without cryptography: the private half of `n` is the text `private n`. For tests of decisions, not of keys.
package final class PaperKeys: KeyStore {
  private let made = Mutex(0)

  package init() {}

  /// The next key that is generated is `made` and this number plus 1.
  package func count(_ made: Int) { self.made.withLock { $0 = made } }

  package static func publicKey(_ name: String) -> PublicKey {
    PublicKey(n: name, e: "AQAB", thumbprint: Thumbprint(rawValue: "tp-\(name)"), bits: 2048)
  }

  package static func reference(_ name: String, kid: KeyID? = nil) -> KeyReference {
    KeyReference(kid: kid ?? KeyID("kid-\(name)"), algorithm: .RS256, publicKey: publicKey(name))
  }

  package func generate(bits: Int, algorithm: SigningAlgorithm, at now: Date, kid: (Thumbprint) -> KeyID) throws
    -> SealedKey
  {
    let name = made.withLock { made in
      made += 1
      return "made\(made)"
    }
    let key = Self.publicKey(name)
    return SealedKey(
      reference: KeyReference(kid: kid(key.thumbprint), algorithm: algorithm, publicKey: key), origin: .generated,
      createdAt: now, pkcs8: Data(name.utf8))
  }

  package func seal(_ pair: borrowing SigningPair, algorithm: SigningAlgorithm, origin: SealedKey.Origin, at now: Date)
    throws -> SealedKey
  {
    let key = try publicKey(of: pair.privateKey)
    try refuseWeak(key)
    return SealedKey(
      reference: KeyReference(kid: pair.kid, algorithm: algorithm, publicKey: key), origin: origin, createdAt: now,
      pkcs8: Data(key.n.utf8))
  }

  package func publicKey(of privateKey: borrowing SecretBytes) throws -> PublicKey {
    let text = privateKey.withBytes { String(decoding: $0, as: UTF8.self) }
    guard text.hasPrefix("private ") else { throw Failure(.keyUnusable, "no private key") }
    return Self.publicKey(String(text.dropFirst(8)))
  }

  package func signer(for key: SealedKey) throws -> any AssertionSigner { PaperSigner(reference: key.reference) }

  package func signer(for pair: borrowing SigningPair, algorithm: SigningAlgorithm) throws -> any AssertionSigner {
    let key = try publicKey(of: pair.privateKey)
    try refuseWeak(key)
    return PaperSigner(reference: KeyReference(kid: pair.kid, algorithm: algorithm, publicKey: key))
  }

  /// The key named `weak` is one that no signer can use.
  private func refuseWeak(_ key: PublicKey) throws {
    guard key.n != "weak" else { throw Failure(.keyUnusable, "RSA-1024 is too short") }
  }

  package func pair(from key: SealedKey) throws -> SigningPair {
    SigningPair(kid: key.kid, privateKey: SecretBytes(utf8: "private \(key.reference.publicKey.n)"))
  }

  package func check(_ key: SealedKey) throws {
    guard String(decoding: key.pkcs8, as: UTF8.self) == key.reference.publicKey.n else {
      throw Failure(.keyUnusable, "damaged")
    }
  }

  package func forget(_ kid: KeyID) {}
}

package struct PaperSigner: AssertionSigner {
  package let reference: KeyReference
  package func sign(claims: JSONValue) throws -> String { reference.publicKey.n }
}
