import Foundation
import KeyMaterial
import Primitives
import RotationCore
import Testing

/// Keys made for this run of the tests, each once.
enum Signer {
  static let store = SealedKeyStore(passphrase: SecretBytes(utf8: "a passphrase of the tests"))
  private static let appKey = Result { try generate("app-key") }
  private static let adminKey = Result { try generate("admin-key") }

  static func app() throws -> any AssertionSigner { try store.signer(for: appKey.get()) }
  static func admin() throws -> any AssertionSigner { try store.signer(for: adminKey.get()) }

  /// The private half of the app's key under any kid.
  static func pair(_ kid: String = "app-key") throws -> SigningPair {
    let pair = try store.pair(from: appKey.get())
    return SigningPair(kid: KeyID(kid), privateKey: pair.privateKey.copy())
  }

  /// Another private half.
  static func otherPair(_ kid: String = "admin-key") throws -> SigningPair {
    let pair = try store.pair(from: adminKey.get())
    return SigningPair(kid: KeyID(kid), privateKey: pair.privateKey.copy())
  }

  private static func generate(_ kid: String) throws -> SealedKey {
    try store.generate(bits: 2048, algorithm: .RS256, at: Date(timeIntervalSince1970: 0)) { _ in KeyID(kid) }
  }
}

/// A signer whose key cannot be used any more.
struct BrokenSigner: AssertionSigner {
  let reference: KeyReference
  func sign(claims: JSONValue) throws -> String { throw Failure(.keyUnusable, "the key is gone") }
}

extension SigningPair {
  borrowing func pemText() -> String { privateKey.withBytes { String(decoding: $0, as: UTF8.self) } }
}

/// Header and claims of a compact JWS, unverified.
func parts(of jws: String) throws -> (header: JSONValue, claims: JSONValue) {
  let pieces = jws.split(separator: ".").map(String.init)
  try #require(pieces.count == 3)
  return (
    try JSONValue(parsing: #require(Base64URL.decode(pieces[0]))),
    try JSONValue(parsing: #require(Base64URL.decode(pieces[1])))
  )
}
