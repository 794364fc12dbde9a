import Foundation
import Primitives
import Testing

@Suite struct DigestTests {
  @Test func `SHA-256 gives the digests of FIPS 180-4`() {
    #expect(
      SHA256Digest(of: Data("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256Digest(of: Data()).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256Digest(of: [UInt8]()) == SHA256Digest(of: Data()))
  }

  @Test func `a digest is written as hex, base64url and a label`() {
    let digest = SHA256Digest(of: Data("abc".utf8))
    #expect(digest.base64URL == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
    #expect(digest.label == "sha256:" + digest.hex)
    #expect(digest.bytes.count == 32)
  }

  @Test(arguments: [1, 7, 64, 1000]) func `a message in pieces has the digest of the whole`(size: Int) {
    let message = Data((0..<1000).map { UInt8($0 % 251) })
    var hasher = SHA256Hasher()
    for start in stride(from: 0, to: message.count, by: size) {
      hasher.update(message[start..<min(start + size, message.count)])
    }
    #expect(hasher.finish() == SHA256Digest(of: message))
  }

  @Test func `HMAC gives the codes of RFC 4231`() {
    let code = HMACSHA256.code(for: Data("what do ya want for nothing?".utf8), key: Data("Jefe".utf8))
    #expect(Hex.encode(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    let first = HMACSHA256.code(for: Data("Hi There".utf8), key: Data(repeating: 0x0B, count: 20))
    #expect(Hex.encode(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
  }

  @Test func `an empty HMAC key is the empty key, not the one of the call before`() {
    _ = HMACSHA256.code(for: Data("x".utf8), key: Data("other".utf8))
    let code = HMACSHA256.code(for: Data(), key: Data())
    #expect(Hex.encode(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func `an altered code or message is not valid`() {
    let (message, key) = (Data("message".utf8), Data("key".utf8))
    var code = HMACSHA256.code(for: message, key: key)
    #expect(HMACSHA256.isValid(code, for: message, key: key))
    #expect(!HMACSHA256.isValid(code.dropLast(), for: message, key: key))
    code[31] ^= 1
    #expect(!HMACSHA256.isValid(code, for: message, key: key))
  }

  @Test func `equality in constant time is equality`() {
    #expect(ConstantTime.areEqual(Data("secret".utf8), Array("secret".utf8)))
    #expect(!ConstantTime.areEqual(Data("secret".utf8), Data("secres".utf8)))
    #expect(!ConstantTime.areEqual(Data("secret".utf8), Data("secre".utf8)))
    #expect(ConstantTime.areEqual(Data(), Data()))
  }

  @Test func `random bytes have their length and differ`() {
    #expect(RandomBytes.make(0).isEmpty)
    #expect(RandomBytes.make(32).count == 32)
    #expect(RandomBytes.make(32) != RandomBytes.make(32))
  }
}
