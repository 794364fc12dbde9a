import Foundation
import Primitives
import RotationCore
import Testing

@testable import KeyMaterial

@Suite struct SealingTests {
  private let sealed: SealedKey
  private let claims: JSONValue = ["iss": "client"]

  init() throws { sealed = try TestKeys.sealed.get() }

  @Test func `a generated key is named from its thumbprint and recorded with its origin and time`() {
    #expect(sealed.kid.rawValue == "test-\(sealed.reference.thumbprint)")
    #expect(sealed.origin == .generated)
    #expect(sealed.createdAt == TestKeys.now)
    #expect(sealed.reference.publicKey.bits == 2048)
    #expect(sealed.reference.publicKey.e == "AQAB")
  }

  @Test func `what was sealed signs the same in another process`() throws {
    let pair = try TestKeys.store().pair(from: sealed)
    let clear = try TestKeys.store().signer(for: pair, algorithm: .RS256)
    #expect(clear.reference == sealed.reference)
    #expect(try TestKeys.store().signer(for: sealed).sign(claims: claims) == clear.sign(claims: claims))
  }

  @Test func `a pair comes back as PKCS#8 PEM, whatever it came as`() throws {
    let store = TestKeys.store()
    let pair = RSAVector.rfc7520.pair(kid: "adopted")
    let adopted = try store.seal(pair, algorithm: .RS512, origin: .adopted, at: TestKeys.now)
    let pem = TestKeys.text(try TestKeys.store().pair(from: adopted).privateKey)
    #expect(pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
    #expect(pem.hasSuffix("\n-----END PRIVATE KEY-----\n"))
    #expect(try store.publicKey(of: SecretBytes(utf8: pem)).n == RSAVector.rfc7520.n)
    #expect(adopted.reference.algorithm == .RS512)
  }

  @Test func `nothing of a sealed key is readable`() throws {
    let der = try #require(Base64.decode(TestKeys.pem().split(separator: "\n").dropFirst().dropLast().joined()))
    for start in stride(from: 0, to: der.count - 16, by: 16) {
      #expect(sealed.pkcs8.range(of: der[start..<start + 16]) == nil)
    }
    let again = try TestKeys.store().seal(
      TestKeys.store().pair(from: sealed), algorithm: .RS256, origin: .adopted, at: TestKeys.now)
    #expect(again.pkcs8 != sealed.pkcs8, "a salt was used twice")
  }

  @Test func `a wrong passphrase is named as that, with the key and the way out`() throws {
    let failure = try failure { try TestKeys.store("wrong").signer(for: sealed) }
    #expect(failure.code == .passphraseWrong)
    #expect(failure.summary.contains(sealed.kid.rawValue))
    #expect(failure.remedy.contains { $0.contains("KEYTURN_PASSPHRASE_FILE") })
    #expect(throws: failure) { try TestKeys.store("wrong").check(sealed) }
    #expect(throws: failure) { _ = try TestKeys.store("wrong").pair(from: sealed) }
  }

  @Test func `an empty passphrase seals nothing`() throws {
    let failure = try failure {
      try TestKeys.store("").seal(
        RSAVector.rfc7520.pair(kid: "a"), algorithm: .RS256, origin: .adopted, at: TestKeys.now)
    }
    #expect(failure.code == .passphraseWrong)
  }

  @Test func `no flipped byte goes unnoticed, and under a proven passphrase each is called damage`() throws {
    let store = TestKeys.store()
    _ = try store.signer(for: sealed)
    for position in sealed.pkcs8.indices {
      var damaged = sealed
      damaged.pkcs8[position] ^= 1 << (position % 8)
      let failure = try failure { try store.check(damaged) }
      #expect(failure.code == .keyUnusable, "byte \(position)")
    }
  }

  @Test func `opening any key, the log's too, proves the passphrase`() throws {
    var salted = sealed
    salted.pkcs8[40] ^= 1
    #expect(try failure { try TestKeys.store().check(salted) }.code == .passphraseWrong)
    let store = TestKeys.store()
    _ = try store.logSigningKey(TestKeys.store().generateLogKey())
    #expect(try failure { try store.check(salted) }.code == .keyUnusable)
  }

  @Test func `damage behind the first block is told from a wrong passphrase`() throws {
    var damaged = sealed
    damaged.pkcs8[damaged.pkcs8.count - 200] ^= 0x80
    #expect(try failure { try TestKeys.store().check(damaged) }.code == .keyUnusable)
    damaged.pkcs8 = sealed.pkcs8.dropLast(16)
    #expect(try failure { try TestKeys.store().check(damaged) }.code == .keyUnusable)
    damaged.pkcs8 = sealed.pkcs8 + [0]
    #expect(try failure { try TestKeys.store().check(damaged) }.code == .keyUnusable)
    damaged.pkcs8 = Data()
    #expect(try failure { try TestKeys.store().check(damaged) }.code == .keyUnusable)
  }

  @Test func `a sealed key under another's public half is refused`() throws {
    let store = TestKeys.store()
    var swapped = sealed
    swapped.pkcs8 =
      try store.seal(RSAVector.rfc7520.pair(kid: "b"), algorithm: .RS256, origin: .adopted, at: TestKeys.now).pkcs8
    #expect(try failure { try store.check(swapped) }.code == .keyUnusable)
    #expect(try failure { try TestKeys.store().signer(for: swapped) }.code == .keyUnusable)
  }

  @Test func `a key is derived once in a process, and again after it was forgotten`() throws {
    let store = TestKeys.store()
    var unreadable = sealed
    unreadable.pkcs8 = Data()
    _ = try store.signer(for: sealed)
    #expect(throws: Never.self) { try store.signer(for: unreadable) }
    #expect(throws: Failure.self, "check reads past the cache") { try store.check(unreadable) }
    store.forget(sealed.kid)
    #expect(throws: Failure.self) { try store.signer(for: unreadable) }
    #expect(throws: Never.self) { try store.signer(for: sealed) }
  }

  @Test func `forgetting one key leaves the others open`() throws {
    let store = TestKeys.store()
    var other = try store.seal(
      RSAVector.rfc7520.pair(kid: "other"), algorithm: .RS256, origin: .adopted, at: TestKeys.now)
    _ = try store.signer(for: sealed)
    store.forget(sealed.kid)
    other.pkcs8 = Data()
    #expect(throws: Never.self) { try store.signer(for: other) }
  }

  @Test(arguments: [0, 1024, 2047, 3000, 8192]) func `only 2048, 3072 and 4096 bits are generated`(bits: Int) throws {
    let failure = try failure {
      try TestKeys.store().generate(bits: bits, algorithm: .RS256, at: TestKeys.now) { KeyID($0.rawValue) }
    }
    #expect(failure.code == .keyUnusable)
  }

  @Test(arguments: ["a b", String(repeating: "a", count: 129)])
  func `a kid that the portal would refuse is not given`(kid: String) throws {
    let failure = try failure {
      try TestKeys.store().generate(bits: 2048, algorithm: .RS256, at: TestKeys.now) { _ in KeyID(kid) }
    }
    #expect(failure.code == .keyUnusable)
  }

  @Test func `resealing moves a key to a new passphrase and keeps what is known of it`() throws {
    let resealed = try TestKeys.store().reseal(sealed, under: TestKeys.store("new"))
    #expect(resealed.reference == sealed.reference)
    #expect(resealed.origin == sealed.origin)
    #expect(resealed.createdAt == sealed.createdAt)
    #expect(try failure { try TestKeys.store().check(resealed) }.code == .passphraseWrong)
    #expect(throws: Never.self) { try TestKeys.store("new").check(resealed) }
    #expect(
      try failure { try TestKeys.store("wrong").reseal(sealed, under: TestKeys.store("new")) }.code == .passphraseWrong)
  }

  @Test func `the log's key seals, opens, signs and reseals`() throws {
    let store = TestKeys.store()
    let sealed = try store.generateLogKey()
    let key = try TestKeys.store().logSigningKey(sealed)
    #expect(key.publicKey == sealed.publicKey)
    #expect(sealed.publicKey.count == 32)
    let message = Data("keyturn\n5\nroot\n".utf8)
    #expect(Ed25519.isValid(try key.sign(message), of: message, publicKey: sealed.publicKey))
    #expect(try failure { try TestKeys.store("wrong").logSigningKey(sealed) }.code == .passphraseWrong)
    let resealed = try store.reseal(sealed, under: TestKeys.store("new"))
    #expect(try TestKeys.store("new").logSigningKey(resealed).sign(message) == key.sign(message))
    var foreign = sealed
    foreign.publicKey = try store.generateLogKey().publicKey
    #expect(try failure { try store.logSigningKey(foreign) }.code == .keyUnusable)
    foreign.pkcs8 = try TestKeys.sealed.get().pkcs8
    #expect(try failure { try store.logSigningKey(foreign) }.code == .keyUnusable)
  }
}
