import Foundation
import Primitives
import Testing

@Suite struct SignatureTests {
  /// RFC 7515 appendix A.2.
  static let modulus = """
    ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
    T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
    dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia\
    GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ
    """
  static let compact = """
    eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
    yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt\
    _O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb\
    1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI\
    8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
    """

  private let key: RSAVerificationKey
  private let jws: CompactJWS

  init() throws {
    key = try #require(RSAVerificationKey(n: Self.modulus, e: "AQAB"))
    jws = try #require(CompactJWS(Self.compact))
  }

  @Test func `the JWS of RFC 7515 A.2 is signed by its key`() {
    #expect(jws.isSigned(by: key, hash: .sha256))
    #expect(String(decoding: jws.header, as: UTF8.self) == #"{"alg":"RS256"}"#)
    #expect(key.bits == 2048)
  }

  @Test(arguments: [RSAHash.sha384, .sha512]) func `another hash is not the one signed`(hash: RSAHash) {
    #expect(!jws.isSigned(by: key, hash: hash))
  }

  @Test func `an altered message, signature or length is refused`() {
    #expect(!key.isValid(jws.signature, of: jws.signingInput + [0], hash: .sha256))
    #expect(!key.isValid(jws.signature.dropLast(), of: jws.signingInput, hash: .sha256))
    #expect(!key.isValid([0] + jws.signature, of: jws.signingInput, hash: .sha256))
    #expect(!key.isValid(Data(), of: jws.signingInput, hash: .sha256))
    for position in [0, 100, 255] {
      var altered = jws.signature
      altered[altered.startIndex + position] ^= 1
      #expect(!key.isValid(altered, of: jws.signingInput, hash: .sha256))
    }
  }

  @Test(arguments: ["", "AQ", "Ag", "AAEAAQ", "AQAB=", "AQABAQABAQABAQAB"])
  func `an exponent that is 1, even, misspelt or huge makes no key`(exponent: String) {
    #expect(RSAVerificationKey(n: Self.modulus, e: exponent) == nil)
  }

  @Test func `a modulus that is short, long or misspelt makes no key`() throws {
    let modulus = try #require(Base64URL.decode(Self.modulus))
    #expect(RSAVerificationKey(n: Base64URL.encode(modulus.dropFirst()), e: "AQAB") == nil)
    #expect(RSAVerificationKey(n: Base64URL.encode(Data([0]) + modulus), e: "AQAB") == nil)
    #expect(RSAVerificationKey(n: Self.modulus + "=", e: "AQAB") == nil)
    #expect(RSAVerificationKey(n: Base64URL.encode(Data(repeating: 0xFF, count: 2049)), e: "AQAB") == nil)
  }

  @Test func `a public key is written as SubjectPublicKeyInfo`() throws {
    let pem = try #require(key.pem)
    #expect(pem.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
    #expect(pem.hasSuffix("-----END PUBLIC KEY-----\n"))
  }

  @Test(arguments: ["", "a.b", "a.b.c.d", "e30=.e30.AA", "e30.e30.AA ", "..A", "e30.e30.A\n"])
  func `what is not three parts of base64url is no JWS`(text: String) {
    #expect(CompactJWS(text) == nil)
  }

  @Test func `Ed25519 verifies the vectors of RFC 8032 and nothing altered`() throws {
    let publicKey = try #require(Hex.decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
    let signature = try #require(
      Hex.decode(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
    #expect(Ed25519.isValid(signature, of: Data([0x72]), publicKey: publicKey))
    #expect(!Ed25519.isValid(signature, of: Data([0x73]), publicKey: publicKey))
    #expect(!Ed25519.isValid(signature.dropLast(), of: Data([0x72]), publicKey: publicKey))
    #expect(!Ed25519.isValid(signature, of: Data([0x72]), publicKey: publicKey.dropLast()))
    #expect(!Ed25519.isValid(signature, of: Data([0x72]), publicKey: Data(repeating: 0xFF, count: 32)))
  }
}
