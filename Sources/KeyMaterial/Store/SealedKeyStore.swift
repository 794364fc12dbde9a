package import Foundation
internal import Primitives
package import RotationCore
internal import Synchronization

/// Private halves under the operator's passphrase. What was opened once stays open in this process until `forget`, so a
/// key costs one derivation (some 0.35 s). A signer keeps its key alive beyond that, for as long as it is held.
package final class SealedKeyStore: KeyStore {
  private let seal: Seal
  private let opened = Mutex(OpenedKeys())
  /// The passphrase has opened something: what it does not open is damaged.
  private let isProven = Atomic(false)

  package init(passphrase: consuming SecretBytes, scheme: SealingScheme = .scrypt) {
    seal = Seal(passphrase: passphrase, scheme: scheme)
  }

  package func generate(bits: Int, algorithm: SigningAlgorithm, at now: Date, kid: (Thumbprint) -> KeyID) throws
    -> SealedKey
  {
    let key = try PrivateKey.generateRSA(bits: bits)
    let publicKey = try key.publicKey()
    let kid = kid(publicKey.thumbprint)
    guard kid.isUsable else {
      throw Failure(
        .keyUnusable, "\"\(kid)\" is not a kid that the portal takes",
        remedy: ["set key.kid to at most 128 of A-Z a-z 0-9 . _ -"])
    }
    let reference = KeyReference(kid: kid, algorithm: algorithm, publicKey: publicKey)
    return try close(key, as: reference, origin: .generated, at: now)
  }

  package func seal(
    _ pair: borrowing SigningPair, algorithm: SigningAlgorithm, origin: SealedKey.Origin, at now: Date
  ) throws -> SealedKey {
    let signer = try rsaSigner(for: pair, algorithm: algorithm)
    return try close(signer.key, as: signer.reference, origin: origin, at: now)
  }

  package func publicKey(of privateKey: borrowing SecretBytes) throws -> PublicKey {
    try PrivateKey.reading(privateKey).publicKey()
  }

  package func signer(for key: SealedKey) throws -> any AssertionSigner {
    RSASigner(reference: key.reference, key: try privateKey(for: key))
  }

  package func signer(for pair: borrowing SigningPair, algorithm: SigningAlgorithm) throws -> any AssertionSigner {
    try rsaSigner(for: pair, algorithm: algorithm)
  }

  package func pair(from key: SealedKey) throws -> SigningPair {
    SigningPair(kid: key.kid, privateKey: try privateKey(for: key).pem())
  }

  package func check(_ key: SealedKey) throws {
    _ = try unseal(key)
  }

  package func forget(_ kid: KeyID) { opened.withLock { $0.forget(kid) } }

  /// `key` under the passphrase and the scheme of `other`. Derives once here, unless open, and once there.
  package func reseal(_ key: SealedKey, under other: SealedKeyStore) throws -> SealedKey {
    try other.close(privateKey(for: key), as: key.reference, origin: key.origin, at: key.createdAt)
  }

  private func rsaSigner(for pair: borrowing SigningPair, algorithm: SigningAlgorithm) throws -> RSASigner {
    let kid = pair.kid
    do {
      let key = try PrivateKey.reading(pair.privateKey)
      return RSASigner(
        reference: KeyReference(kid: kid, algorithm: algorithm, publicKey: try key.publicKey()), key: key)
    } catch let failure as Failure { throw failure.naming(kid) }
  }

  private func close(_ key: PrivateKey, as reference: KeyReference, origin: SealedKey.Origin, at time: Date) throws
    -> SealedKey
  {
    let sealed = SealedKey(reference: reference, origin: origin, createdAt: time, pkcs8: try seal.close(key))
    opened.withLock { $0.remember(key, as: reference) }
    return sealed
  }

  /// One at a time: whoever waits for a key that is being opened finds it open.
  private func privateKey(for sealed: SealedKey) throws -> PrivateKey {
    try opened.withLock { opened in
      if let key = opened.key(for: sealed.reference) { return key }
      let key = try unseal(sealed)
      opened.remember(key, as: sealed.reference)
      return key
    }
  }

  private func unseal(_ sealed: SealedKey) throws -> PrivateKey {
    do {
      let key = try open(sealed.pkcs8)
      guard try key.publicKey() == sealed.reference.publicKey else {
        throw Failure.keyUnusable(
          "the sealed private half belongs to another public key", remedy: "restore the state from a backup")
      }
      return key
    } catch let failure as Failure { throw failure.naming(sealed.kid) }
  }

  private func open(_ pkcs8: Data) throws -> PrivateKey {
    do {
      let key = try seal.open(pkcs8)
      isProven.store(true, ordering: .relaxed)
      return key
    } catch Seal.Trouble.passphraseWrong where !isProven.load(ordering: .relaxed) {
      throw Failure(
        .passphraseWrong, "the passphrase does not open the sealed key",
        remedy: [
          "give the passphrase that sealed it (KEYTURN_PASSPHRASE_FILE, KEYTURN_PASSPHRASE or the systemd credential)",
          "if it is the right one, the stored bytes are damaged: restore the state from a backup",
        ])
    } catch is Seal.Trouble {
      throw Failure.keyUnusable("the sealed bytes are damaged", remedy: "restore the state from a backup")
    }
  }
}

/// The log's key, sealed and opened as the signing keys are.
extension SealedKeyStore {
  package func generateLogKey() throws -> SealedLogKey {
    let key = try LogSigningKey.generate()
    return SealedLogKey(pkcs8: try seal.close(key), publicKey: try LogSigningKey(key).publicKey)
  }

  /// Derives each time: hold on to what it returns.
  package func logSigningKey(_ sealed: SealedLogKey) throws -> LogSigningKey {
    let key = try LogSigningKey(open(sealed.pkcs8))
    guard key.publicKey == sealed.publicKey else {
      throw Failure(
        .keyUnusable, "the log's sealed private half belongs to another public key",
        remedy: ["restore the state from a backup"])
    }
    return key
  }

  package func reseal(_ key: SealedLogKey, under other: SealedKeyStore) throws -> SealedLogKey {
    let key = try logSigningKey(key)
    return SealedLogKey(pkcs8: try other.seal.close(key.key), publicKey: key.publicKey)
  }
}
