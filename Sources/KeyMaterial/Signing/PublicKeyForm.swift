internal import Foundation
internal import Primitives
package import RotationCore

/// How a public key is written for Samarbeidsportalen and its people. None of them holds a private member.
package enum PublicKeyForm: String, Sendable, Hashable, CaseIterable {
  /// One JWK: what the portal's field takes, with our kid inside.
  case jwk
  /// A JSON array of one JWK, as the older portal page wants it.
  case array
  /// A JWK set, as the self-service API takes it.
  case set
  /// SubjectPublicKeyInfo. It carries no kid: the portal assigns one.
  case pem

  /// One line of JSON, or PEM with its last line break.
  package func text(of key: KeyReference) throws -> String {
    switch self {
    case .jwk: Self.text(key.jwk)
    case .array: Self.text([key.jwk])
    case .set: Self.text(["keys": [key.jwk]])
    case .pem: try Self.pem(of: key)
    }
  }

  private static func text(_ value: JSONValue) -> String { String(decoding: value.canonical, as: UTF8.self) }

  private static func pem(of key: KeyReference) throws -> String {
    guard let pem = RSAVerificationKey(n: key.publicKey.n, e: key.publicKey.e)?.pem else {
      throw Failure.keyUnusable("the public key has unusable numbers", remedy: "list it anew from its private half")
        .naming(key.kid)
    }
    return pem
  }
}
