internal import Foundation
package import Primitives
package import RotationCore

/// Signs assertions with one RSA key (RFC 7515 compact serialization, RFC 7518 section 3.3).
struct RSASigner: AssertionSigner {
  let reference: KeyReference
  let key: PrivateKey

  func sign(claims: JSONValue) throws -> String {
    let header: JSONValue = [
      "alg": .string(reference.algorithm.rawValue), "kid": .string(reference.kid.rawValue), "typ": "JWT",
    ]
    return try sign(header: header.canonical, payload: claims.canonical)
  }

  /// Any header and payload, byte for byte.
  func sign(header: Data, payload: Data) throws -> String {
    let input = CompactJWS.signingInput(header: header, payload: payload)
    do {
      let signature = try key.signature(over: Array(input.utf8), hash: reference.algorithm.hash.messageDigest)
      return input + "." + Base64URL.encode(signature)
    } catch let failure as Failure { throw failure.naming(reference.kid) }
  }
}

extension SigningAlgorithm {
  /// The hash under the signature.
  package var hash: RSAHash {
    switch self {
    case .RS256: .sha256
    case .RS384: .sha384
    case .RS512: .sha512
    }
  }
}
