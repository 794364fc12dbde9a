import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import KeyMaterial

/// A PEM from a target, a PKCS#12 from a mail, a sealed key from a database that somebody had in their hands.
@Suite(.timeLimit(.minutes(5))) struct HostileKeyTests {
  private static let splices = [
    "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----", "-----", "\\n", "\n",
    "\r\n", "\"", "'", "\u{0}", " ", "=", "==", "MII", "é", "Proc-Type: 4,ENCRYPTED\n",
  ]

  @Test func `no damage of a PEM traps, and one that is taken signs`() throws {
    let pem = try TestKeys.pem()
    let store = TestKeys.store()
    var (taken, refused) = (0, 0)
    let publicKey = try TestKeys.sealed.get().reference.publicKey
    try Hostile([Data(pem.utf8)], splices: Self.splices).each { bytes in
      _ = PEMShape.lint(secret(bytes))
      let pair = SigningPair(kid: KeyID("k"), privateKey: secret(bytes))
      do {
        let signer = try store.signer(for: pair, algorithm: .RS256)
        taken += 1
        #expect(signer.reference.publicKey == publicKey)
      } catch let failure as Failure {
        refused += 1
        #expect(!failure.summary.contains("MII"), "\(failure.summary)")
      }
    }
    #expect(refused > taken)
    Hostile.tell("PEM", inputs: taken + refused, refused: refused)
  }

  @Test func `no damage of a sealed key traps, and what opens is the same key`() throws {
    let sealed = try TestKeys.sealed.get()
    var (taken, refused) = (0, 0)
    Hostile([sealed.pkcs8], splices: Self.splices).each(Hostile.cases / 2) { bytes in
      let damaged = SealedKey(reference: sealed.reference, origin: .generated, createdAt: TestKeys.now, pkcs8: bytes)
      guard (try? TestKeys.store().check(damaged)) != nil else { return refused += 1 }
      taken += 1
      #expect(bytes == sealed.pkcs8)
    }
    Hostile.tell("sealed keys", inputs: taken + refused, refused: refused)
  }

  private func secret(_ bytes: Data) -> SecretBytes {
    SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) }
  }
}
