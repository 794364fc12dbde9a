import Foundation
import RotationCore
import Testing

@testable import KeyMaterial

/// What the suites share: a clock's word, stores that derive fast, one generated key.
enum TestKeys {
  static let now = Date(timeIntervalSince1970: 1_795_374_000)

  /// Cheap to derive, so that a test costs milliseconds; the shipped costs have tests of their own.
  static let cheap = SealingScheme(derivation: .scrypt(n: 16, r: 8, p: 1))

  static func store(_ passphrase: String = "correct horse", scheme: SealingScheme = cheap) -> SealedKeyStore {
    SealedKeyStore(passphrase: SecretBytes(utf8: passphrase), scheme: scheme)
  }

  /// RSA-2048, sealed under `store()`'s passphrase.
  static let sealed: Result<SealedKey, any Error> = Result {
    try store().generate(bits: 2048, algorithm: .RS256, at: now) { KeyID("test-\($0)") }
  }

  /// Its PKCS#8 PEM.
  static func pem() throws -> String { try text(store().pair(from: sealed.get()).privateKey) }

  static func text(_ secret: borrowing SecretBytes) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}

/// The `Failure` that `body` throws; an issue where it throws nothing or something else.
func failure<R: ~Copyable>(
  _ body: () throws -> R, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Failure {
  do { _ = try body() } catch let failure as Failure { return failure }
  Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  throw Failure(.internalError, "nothing was thrown")
}
