internal import COpenSSL
internal import Foundation
internal import Primitives
internal import RotationCore

extension PrivateKey {
  /// The moduli that may be generated, in bits (contract section 5, `key.bits`).
  static let generatedBits: Set<Int> = [2048, 3072, 4096]

  /// A new RSA key with the public exponent 65537.
  static func generateRSA(bits: Int) throws -> PrivateKey {
    guard generatedBits.contains(bits) else {
      throw Failure.keyUnusable("\(bits) is not a key length", remedy: "set key.bits to 2048, 3072 or 4096")
    }
    guard let key = PrivateKey(owning: shim_EVP_RSA_gen(UInt32(bits))) else {
      throw Failure.libcrypto("generate an RSA key")
    }
    return key
  }

  /// Refuses what cannot sign for Maskinporten: another type, a modulus outside `RSAVerificationKey.modulusBits`, or
  /// numbers that do not belong together (a damaged file).
  func publicKey() throws -> PublicKey {
    guard typeName == "RSA" else {
      throw Failure.keyUnusable(
        "the private key is of type \(typeName); Maskinporten takes RSA only (RS256, RS384, RS512)",
        remedy: "use an RSA key of at least 2048 bits")
    }
    let bits = use { Int(EVP_PKEY_get_bits($0)) }
    guard RSAVerificationKey.modulusBits.contains(bits) else {
      throw Failure.keyUnusable(
        "the RSA key has \(bits) bits; RS256 needs 2048 to 16384 (RFC 7518 section 3.3)",
        remedy: "use an RSA key of at least 2048 bits")
    }
    guard let numbers = RSANumbers(of: self), numbers.areConsistent else {
      throw Failure.keyUnusable(
        "the RSA key's numbers do not belong together: the file or the stored bytes are damaged",
        remedy: "take the key from its backup, or rotate to a new one")
    }
    let n = Base64URL.encode(numbers.n.bytes)
    let e = Base64URL.encode(numbers.e.bytes)
    guard RSAVerificationKey(n: n, e: e) != nil else {
      throw Failure.keyUnusable("the RSA key has an unusable public exponent", remedy: "use one with exponent 65537")
    }
    return PublicKey(n: n, e: e, thumbprint: Thumbprint(ofRSAModulus: n, exponent: e), bits: bits)
  }
}

extension Thumbprint {
  /// RFC 7638 section 3 over the base64url members of an RSA JWK.
  package init(ofRSAModulus n: String, exponent e: String) {
    let members: JSONValue = ["e": .string(e), "kty": "RSA", "n": .string(n)]
    self.init(rawValue: SHA256Digest(of: members.canonical).base64URL)
  }
}
