import Foundation
import KeyMaterial
import RotationCore

/// RS256 over assertions with RSA-3072 against `openssl speed`, in turns.
struct SigningBench {
  static let rounds = 4

  static func run(in folder: String) throws -> [Figure] {
    let store = SealedKeyStore(passphrase: SecretBytes(utf8: "bench"))
    let pair = try SealedKeyStore.makePair(bits: 3072) { KeyID($0.rawValue) }
    let signer = try store.signer(for: pair, algorithm: .RS256)
    let claims: JSONValue = [
      "aud": "https://test.maskinporten.no/", "iss": "5f0d1c6e-6a2b-4c1e-9d5a-2f4b8e7a1c30",
      "scope": "altinn:serviceowner/instances.read", "iat": 1_795_000_000, "exp": 1_795_000_120,
      "jti": "0f6f8b9e-0c6d-4e2b-9f7a-3d1a5b7c9e11",
    ]
    let hasOpenSSL = Child.has("openssl")
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<rounds {
      ours.append(try rate { _ = try signer.sign(claims: claims) })
      if hasOpenSSL { theirs.append(try openSSL(in: folder)) }
    }
    let speed = Figure(
      name: "RS256-3072 assertions signed", unit: "1/s", samples: ours,
      how: "AssertionSigner.sign: JSON, base64url and signature; per second of processor time")
    guard hasOpenSSL else {
      return [speed, .absent("signer / openssl speed", because: "openssl is not here")]
    }
    return [
      speed,
      Figure(
        name: "signer / openssl speed", unit: "ratio", samples: ratios(ours, through: theirs), goal: .atLeast(0.95),
        how: "openssl speed -seconds 1 rsa3072 in turns, bare signatures: \((theirs.median ?? 0).short) per second of "
          + "processor time"),
    ]
  }

  private static func rate(_ body: () throws -> Void) rethrows -> Double {
    for _ in 0..<20 { try body() }
    let start = Clock.busy
    var count = 0
    while Clock.busy - start < 1 {
      for _ in 0..<10 { try body() }
      count += 10
    }
    return Double(count) / (Clock.busy - start)
  }

  /// `+F2:place:bits:signatures a second:verifications a second`.
  private static func openSSL(in folder: String) throws -> Double {
    let output = try Child.run("openssl", ["speed", "-mr", "-seconds", "1", "rsa3072"], in: folder).output
    guard let rate = output.firstMatch(of: /\+F2:\d+:3072:([0-9.]+)/).flatMap({ Double($0.output.1) }) else {
      throw Trouble("openssl speed answered something else:\n\(output)")
    }
    return rate
  }

  /// Opening one sealed key, some times over: what every derivation from the passphrase costs.
  static func derivations() throws -> [Stretch] {
    let store = SealedKeyStore(passphrase: SecretBytes(utf8: "bench"))
    let pair = try SealedKeyStore.makePair { KeyID($0.rawValue) }
    let sealed = try store.seal(pair, algorithm: .RS256, origin: .adopted, at: LedgerBench.moment)
    return try (0..<5).map { _ in try Stretch { try store.check(sealed) } }
  }
}
