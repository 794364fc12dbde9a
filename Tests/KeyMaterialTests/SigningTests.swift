import Foundation
import Primitives
import RotationCore
import Testing

@testable import KeyMaterial

@Suite struct SigningTests {
  private let store = TestKeys.store()

  private func signer(_ vector: RSAVector) throws -> RSASigner {
    try #require(store.signer(for: vector.pair(kid: "vector"), algorithm: .RS256) as? RSASigner)
  }

  @Test func `RFC 7515 A.2 is reproduced byte for byte`() throws {
    let payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    let jws = try signer(.rfc7515A2).sign(header: Data(#"{"alg":"RS256"}"#.utf8), payload: Data(payload.utf8))
    #expect(jws == JWSVector.rfc7515A2)
  }

  @Test func `RFC 7520 4.1 is reproduced byte for byte`() throws {
    let payload =
      "It\u{2019}s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep "
      + "your feet, there\u{2019}s no knowing where you might be swept off to."
    let header = #"{"alg":"RS256","kid":"bilbo.baggins@hobbiton.example"}"#
    let jws = try signer(.rfc7520).sign(header: Data(header.utf8), payload: Data(payload.utf8))
    #expect(jws == JWSVector.rfc7520)
  }

  @Test func `the thumbprint of RFC 7638 is reproduced`() {
    let thumbprint = Thumbprint(ofRSAModulus: JWSVector.rfc7638Modulus, exponent: "AQAB")
    #expect(thumbprint.rawValue == JWSVector.rfc7638Thumbprint)
  }

  @Test(arguments: SigningAlgorithm.allCases)
  func `an assertion has alg, kid and typ in its header and canonical claims as payload`(algorithm: SigningAlgorithm)
    throws
  {
    let signer = try store.signer(for: RSAVector.rfc7520.pair(kid: "apier-20261122-x_Y.z"), algorithm: algorithm)
    let jws = try #require(CompactJWS(signer.sign(claims: ["iss": "client", "aud": "https://i/", "exp": 120])))
    let header = String(decoding: jws.header, as: UTF8.self)
    #expect(header == #"{"alg":"\#(algorithm.rawValue)","kid":"apier-20261122-x_Y.z","typ":"JWT"}"#)
    #expect(String(decoding: jws.payload, as: UTF8.self) == #"{"aud":"https://i/","exp":120,"iss":"client"}"#)
    let key = try #require(RSAVerificationKey(n: signer.reference.publicKey.n, e: signer.reference.publicKey.e))
    #expect(jws.isSigned(by: key, hash: algorithm.hash))
  }

  @Test func `a public key has the JWK numbers of its PEM`() throws {
    let key = try store.publicKey(of: SecretBytes(utf8: RSAVector.rfc7520.pem))
    #expect(key.n == RSAVector.rfc7520.n)
    #expect(key.e == "AQAB")
    #expect(key.bits == 2048)
    #expect(key.thumbprint == Thumbprint(ofRSAModulus: key.n, exponent: key.e))
  }

  @Test func `threads may sign with one key at once`() async throws {
    let signer = try store.signer(for: RSAVector.rfc7520.pair(kid: "shared"), algorithm: .RS256)
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<16 { group.addTask { try signer.sign(claims: ["iss": "client"]) } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(texts.count == 1)
  }

  @Test func `the portal's forms hold the public members and no other`() throws {
    let reference = try TestKeys.sealed.get().reference
    let jwk = try PublicKeyForm.jwk.text(of: reference)
    let members = try #require(JSONValue(parsing: Data(jwk.utf8)).object)
    #expect(Set(members.keys) == ["kty", "use", "alg", "kid", "n", "e"])
    #expect(try PublicKeyForm.array.text(of: reference) == "[\(jwk)]")
    #expect(try PublicKeyForm.set.text(of: reference) == #"{"keys":[\#(jwk)]}"#)
    #expect(try PublicKeyForm.pem.text(of: reference).hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
  }
}
