internal import ArgumentParser
internal import Foundation
internal import KeyMaterial
internal import RotationCore
internal import RotationStore

/// `keyturn keys adopt`
struct KeysAdoptCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Seal a private key that exists, such as the live one of a write-only target.",
    discussion: """
      FILE is PKCS#8 or PKCS#1 PEM, unencrypted; `-` reads standard input. The file itself is left alone.

      Examples:
        keyturn keys adopt --kid apier-2025 --pem live.pem
        pass show maskinporten | keyturn keys adopt --kid apier-2025 --pem -
      """)

  @Option(help: ArgumentHelp("The kid under which the portal lists it.", valueName: "kid"))
  var kid: String

  @Option(help: ArgumentHelp("The private key; `-` for standard input.", valueName: "file"))
  var pem: String

  @Option(help: ArgumentHelp("RS256, RS384 or RS512.", valueName: "alg"))
  var algorithm = SigningAlgorithm.RS256

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let path = pem == "-" ? pem : session.configuration.absolute(pem)
    let pair = SigningPair(kid: KeyID(kid), privateKey: try SecretFile.read(path, session.configuration))
    return try session.takeIn(pair, algorithm: algorithm, origin: .adopted)
  }
}

extension SigningAlgorithm: ExpressibleByArgument {}

extension Failure {
  /// A file that holds no usable key is bad input where somebody hands it over, and damage where we kept it.
  var asInput: Failure {
    var failure = self
    if code == .keyUnusable { failure.code = .inputInvalid }
    return failure
  }
}

extension Session {
  /// Seals a pair and records it; the same pair twice is one.
  func takeIn(_ pair: borrowing SigningPair, algorithm: SigningAlgorithm, origin: SealedKey.Origin) throws
    -> ExitStatus
  {
    let kid = pair.kid
    guard kid.isUsable else {
      throw Failure(
        .inputInvalid, "--kid takes 1 to 128 of A-Z a-z 0-9 . _ -; nothing was changed",
        remedy: ["give the kid that the portal lists, or one that it takes"])
    }
    let publicKey: PublicKey
    do { publicKey = try PublicHalves().publicKey(of: pair.privateKey) } catch let failure as Failure {
      throw failure.asInput
    }
    let state = try openState()
    defer { state.close() }
    guard let keys = state.keys else { throw Passphrase.missing }
    if let known = try state.ledger.sealedKey(kid), known.reference.publicKey == publicKey {
      console.answer(KeyTaken(key: known, isNew: false))
      return .done
    }
    guard try state.ledger.publicKeys(everUsedWith: kid).allSatisfy({ $0 == publicKey }) else {
      throw try state.recording(
        Failure(
          .refused, "kid \(kid) was used with another public key before; nothing was changed",
          remedy: ["give the key a kid of its own"]), of: kid, self)
    }
    // Destroying a key has to mean that its private half is gone, so that one half is kept under one kid.
    if let twin = try state.ledger.sealedKeys().first(where: { $0.reference.publicKey == publicKey }) {
      throw try state.recording(
        Failure(
          .refused,
          "this private half is sealed under kid \(twin.kid) already, and a client lists a key under one kid;"
            + " nothing was changed",
          remedy: [
            "if kid \(twin.kid) is wrong: keyturn keys destroy \(twin.kid), then adopt it again",
            "for another client's kid keep another state: --state DIR",
          ]), of: kid, self)
    }
    let sealed = try keys.seal(pair, algorithm: algorithm, origin: origin, at: clock.now())
    try keys.check(sealed)
    try state.ledger.claim()
    var commit = LedgerCommit(
      entries: [
        LogEntry(
          at: clock.now(), operator: operatorName, rotation: nil, phase: nil, event: "key_sealed", kid: kid,
          details: [
            "origin": .string(origin.rawValue), "thumbprint": .string(sealed.reference.thumbprint.rawValue),
            "jwk": sealed.reference.jwk,
          ])
      ])
    commit.seals = [sealed]
    try state.ledger.commit(commit)
    state.publishLog(self)
    console.answer(KeyTaken(key: sealed, isNew: true))
    return .done
  }
}

private struct KeyTaken: Answer {
  var key: SealedKey
  var isNew: Bool

  var json: JSONValue {
    [
      "schema": "keyturn.key/v1", "kid": .string(key.kid.rawValue),
      "thumbprint": .string(key.reference.thumbprint.rawValue), "origin": .string(key.origin.rawValue),
      "created_at": .string(key.createdAt.iso8601), "new": .bool(isNew), "jwk": key.reference.jwk,
    ]
  }

  func text(_ console: Console) -> String {
    "kid \(key.kid) \(isNew ? "is sealed in the store now" : "was in the store already") (thumbprint"
      + " \(key.reference.thumbprint))"
  }
}
