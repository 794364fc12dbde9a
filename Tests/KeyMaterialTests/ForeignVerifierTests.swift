import Foundation
import Primitives
import RotationCore
import Testing

@testable import KeyMaterial

/// What we sign, seal and publish, judged by programs that we did not write.
@Suite struct ForeignVerifierTests {
  private let sealed: SealedKey
  private let claims: JSONValue = [
    "aud": "https://test.maskinporten.no/", "iss": "client", "scope": "altinn:serviceowner", "iat": 1_795_374_000,
    "exp": 1_795_374_120, "jti": "8f7d2c9e",
  ]

  init() throws { sealed = try TestKeys.sealed.get() }

  private func assertions() throws -> [(SigningAlgorithm, jwk: String, jws: String)] {
    let store = TestKeys.store()
    return try SigningAlgorithm.allCases.map { algorithm in
      let signer = try store.signer(for: store.pair(from: sealed), algorithm: algorithm)
      return (algorithm, try PublicKeyForm.jwk.text(of: signer.reference), try signer.sign(claims: claims))
    }
  }

  @Test(.enabled(if: ForeignTool.joserfc.isPresentOrDemanded, "needs python3 with joserfc (pip install joserfc)"))
  func `joserfc accepts assertions and JWK, and finds the same thumbprint`() throws {
    let script = """
      import json, sys
      from joserfc import jwt
      from joserfc.jwk import RSAKey
      asked = json.load(sys.stdin)
      key = RSAKey.import_key(json.loads(asked["jwk"]))
      token = jwt.decode(asked["jws"], key, algorithms=[asked["alg"]])
      print(json.dumps({"header": token.header, "claims": token.claims, "thumbprint": key.thumbprint()}))
      """
    for (algorithm, jwk, jws) in try assertions() {
      let asked = try JSONEncoder().encode(["jwk": jwk, "jws": jws, "alg": algorithm.rawValue])
      let answer = try JSONValue(parsing: ForeignTool.joserfc.output(["-c", script], input: asked))
      #expect(
        answer["header"] == ["alg": .string(algorithm.rawValue), "kid": .string(sealed.kid.rawValue), "typ": "JWT"])
      #expect(answer["claims"] == claims)
      #expect(answer["thumbprint"]?.string == sealed.reference.thumbprint.rawValue)
    }
  }

  @Test(.enabled(if: ForeignTool.jose.isPresentOrDemanded, "needs Debian's jose"))
  func `jose accepts assertions and JWK, and finds the same thumbprint`() throws {
    let scratch = try Scratch()
    for (algorithm, jwk, jws) in try assertions() {
      let key = try scratch.file("\(algorithm).jwk", Data(jwk.utf8))
      let payload = try ForeignTool.jose.output(["jws", "ver", "-i", "-", "-k", key, "-O", "-"], input: Data(jws.utf8))
      #expect(payload == claims.canonical)
      let thumbprint = try ForeignTool.jose.output(["jwk", "thp", "-i", key])
      #expect(String(decoding: thumbprint, as: UTF8.self) == sealed.reference.thumbprint.rawValue)
      let altered = jws.dropLast(8) + "AAAAAAAA"
      #expect(
        try ForeignTool.jose.run(["jws", "ver", "-i", "-", "-k", key, "-O", "-"], input: Data(altered.utf8)).status != 0
      )
    }
  }

  @Test(.enabled(if: ForeignTool.openssl.isPresentOrDemanded, "needs openssl"))
  func `openssl accepts an assertion under the emitted PEM`() throws {
    let scratch = try Scratch()
    let key = try scratch.file("public.pem", Data(PublicKeyForm.pem.text(of: sealed.reference).utf8))
    for (algorithm, _, text) in try assertions() {
      let jws = try #require(CompactJWS(text))
      let signature = try scratch.file("signature", jws.signature)
      let answer = try ForeignTool.openssl.run(
        ["dgst", "-sha\(algorithm.rawValue.dropFirst(2))", "-verify", key, "-signature", signature],
        input: jws.signingInput)
      #expect(answer.text == "Verified OK\n")
    }
  }

  @Test(
    .enabled(if: ForeignTool.openssl.isPresentOrDemanded, "needs openssl"),
    arguments: [SealingScheme.scrypt, .pbkdf2])
  func `openssl opens what the shipped schemes seal, and names their costs`(scheme: SealingScheme) throws {
    let scratch = try Scratch()
    let resealed = try TestKeys.store().reseal(sealed, under: TestKeys.store("a new one", scheme: scheme))
    let blob = try scratch.file("sealed.der", resealed.pkcs8)
    let opened = try ForeignTool.openssl.output(
      ["pkcs8", "-inform", "DER", "-in", blob, "-passin", "stdin"], input: Data("a new one\n".utf8))
    #expect(String(decoding: opened, as: UTF8.self) == (try TestKeys.pem()))
    let checked = try ForeignTool.openssl.output(
      ["pkey", "-inform", "DER", "-in", blob, "-passin", "stdin", "-noout", "-check"], input: Data("a new one\n".utf8))
    #expect(String(decoding: checked, as: UTF8.self).contains("Key is valid"))
    let structure = try ForeignTool.openssl.output(["asn1parse", "-inform", "DER", "-in", blob])
    let shown = String(decoding: structure, as: UTF8.self)
    let named =
      switch scheme.derivation {
      case .scrypt: ["PBES2", "scrypt", "aes-256-cbc", ":4000", ":08", ":05"]
      case .pbkdf2: ["PBES2", "PBKDF2", "aes-256-cbc", "hmacWithSHA256", ":0927C0"]
      }
    for word in named { #expect(shown.contains(word), "\(word)") }
  }

  @Test(.enabled(if: ForeignTool.openssl.isPresentOrDemanded, "needs openssl"))
  func `what openssl seals opens here`() throws {
    let scratch = try Scratch()
    let password = try scratch.file("password", Data("from openssl".utf8))
    for derivation in [["-scrypt"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"]] {
      var foreign = sealed
      foreign.pkcs8 = try ForeignTool.openssl.output(
        ["pkcs8", "-topk8", "-outform", "DER", "-passout", "file:\(password)"] + derivation,
        input: Data(TestKeys.pem().utf8))
      #expect(throws: Never.self) { try TestKeys.store("from openssl").check(foreign) }
    }
  }

  @Test(
    .enabled(if: ForeignTool.openssl.isPresentOrDemanded, "needs openssl"),
    arguments: [
      (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "type EC"),
      (["-algorithm", "ED25519"], "type ED25519"),
      (["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], "type RSA-PSS"),
      (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "1024 bits"),
    ])
  func `a key that cannot sign for Maskinporten is refused by name`(arguments: [String], named: String) throws {
    let pem = String(decoding: try ForeignTool.openssl.output(["genpkey"] + arguments), as: UTF8.self)
    let pair = SigningPair(kid: KeyID("unfit"), privateKey: SecretBytes(utf8: pem))
    let failure = try failure {
      try TestKeys.store().seal(pair, algorithm: .RS256, origin: .adopted, at: TestKeys.now)
    }
    #expect(failure.code == .keyUnusable)
    #expect(failure.summary.contains(named))
    #expect(failure.summary.contains("unfit"))
    let fault = SigningTrial().fault(of: SecretBytes(utf8: pem), kid: KeyID("unfit"))
    #expect(fault?.shape == "unusable-key" && fault?.problem.contains(named) == true)
  }

  @Test(.enabled(if: ForeignTool.openssl.isPresentOrDemanded, "needs openssl"))
  func `an encrypted, a public and a certificate PEM are refused by name`() throws {
    let scratch = try Scratch()
    let clear = try TestKeys.pem()
    let key = try scratch.file("key.pem", Data(clear.utf8))
    let password = try scratch.file("password", Data("secret".utf8))
    let texts: [(PEMShape, Data)] = [
      (
        .encrypted,
        try ForeignTool.openssl.output(["pkcs8", "-topk8", "-in", key, "-passout", "file:\(password)"])
      ),
      (
        .encrypted,
        try ForeignTool.openssl.output(
          ["rsa", "-in", key, "-aes256", "-traditional", "-passout", "file:\(password)"])
      ),
      (.publicKeyOnly, try ForeignTool.openssl.output(["pkey", "-in", key, "-pubout"])),
      (
        .certificateOnly,
        try ForeignTool.openssl.output(["req", "-x509", "-key", key, "-subj", "/CN=app", "-days", "30"])
      ),
    ]
    for (shape, text) in texts {
      let failure = try failure {
        try TestKeys.store().publicKey(of: SecretBytes(utf8: String(decoding: text, as: UTF8.self)))
      }
      #expect(failure.summary.contains(shape.problem))
    }
    let bundle = String(decoding: texts[3].1, as: UTF8.self) + clear
    #expect(throws: Never.self) { try TestKeys.store().publicKey(of: SecretBytes(utf8: bundle)) }
  }
}
