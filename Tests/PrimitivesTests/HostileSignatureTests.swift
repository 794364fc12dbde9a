import Foundation
import Primitives
import RotationTestSupport
import Testing

/// Keys and JWS as anybody may send them.
@Suite(.timeLimit(.minutes(5))) struct HostileSignatureTests {
  @Test func `no damage of a key or a JWS traps, and none is signed but the one that was`() throws {
    let (modulus, compact) = (SignatureTests.modulus, SignatureTests.compact)
    let key = try #require(RSAVerificationKey(n: modulus, e: "AQAB"))
    let hostile = Hostile(
      [Data(modulus.utf8), Data("AQAB".utf8), Data(compact.utf8)],
      splices: ["=", ".", "..", "-", "_", "+", "/", "A", "AAAA", "_____", " ", "\n", "\u{0}", "é", "eyJ", "Cg"])
    var (inputs, refused) = (0, 0)
    hostile.each { bytes in
      inputs += 1
      let text = String(decoding: bytes, as: UTF8.self)
      _ = RSAVerificationKey(n: modulus, e: text)
      let other = RSAVerificationKey(n: text, e: "AQAB")
      #expect(other.map { RSAVerificationKey.modulusBits.contains($0.bits) } ?? true)
      guard let jws = CompactJWS(text) else { return refused += 1 }
      #expect(!jws.isSigned(by: key, hash: .sha256) || text == compact, "\(text)")
    }
    #expect(refused > inputs / 2 && refused < inputs)
    Hostile.tell("keys and JWS", inputs: inputs, refused: refused)
  }
}
