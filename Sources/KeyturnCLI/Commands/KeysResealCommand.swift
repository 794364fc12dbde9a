internal import ArgumentParser
internal import KeyMaterial
internal import RotationCore
internal import RotationStore

/// `keyturn keys reseal`
struct KeysResealCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "reseal", abstract: "Change the passphrase: seal every private key anew, the log's included.",
    discussion: """
      The present passphrase comes as always (KEYTURN_PASSPHRASE_FILE, ...); the new one from \
      KEYTURN_NEW_PASSPHRASE, from the file that KEYTURN_NEW_PASSPHRASE_FILE names, or from a prompt. All keys \
      change in one transaction, and no copy under the old passphrase is left in the state's files; backups still \
      open with the old one.

      Examples:
        KEYTURN_NEW_PASSPHRASE_FILE=/run/secrets/next keyturn keys reseal
      """)

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    guard let reader = try session.reader(), try !reader.sealedKeys().isEmpty || reader.logKey() != nil else {
      throw Failure(
        .refused, "the state \(session.stateFolder.path) holds no sealed key; nothing was changed",
        remedy: ["name another state with --state"])
    }
    let new = try newPassphrase(session)
    let state = try session.openState()
    defer { state.close() }
    guard let keys = state.keys else { throw Passphrase.missing }
    let store = SealedKeyStore(passphrase: new, scheme: session.configuration.sealing)
    let sealed = try state.ledger.sealedKeys().map { try keys.reseal($0, under: store) }
    for key in sealed { try store.check(key) }
    var extras = LedgerExtras()
    if var logKey = try state.ledger.logKey() {
      logKey.sealed = try keys.reseal(
        SealedLogKey(pkcs8: logKey.sealed, publicKey: logKey.publicKey), under: store
      ).pkcs8
      extras.logKey = logKey
    }
    try state.ledger.claim()
    var commit = LedgerCommit(
      entries: [
        LogEntry(
          at: session.clock.now(), operator: session.operatorName, rotation: nil, phase: nil, event: "resealed",
          details: ["kids": .array(sealed.map { .string($0.kid.rawValue) })])
      ])
    commit.seals = sealed
    try state.ledger.commit(commit, with: extras)
    state.publishLog(session)
    session.console.answer(Resealed(kids: sealed.map(\.kid)))
    return .done
  }

  private func newPassphrase(_ session: Session) throws(Failure) -> SecretBytes {
    if let text = session.configuration.variable(Self.variable) { return SecretBytes(utf8: text) }
    if let path = session.configuration.variable(Self.variable + "_FILE") {
      return try SecretFile.readLine(session.configuration.absolute(path), session.configuration)
    }
    guard let typed = session.console.secret("new passphrase")?.reveal(), !typed.isEmpty else {
      throw Failure(
        .passphraseMissing, "the new passphrase is missing; nothing was changed",
        remedy: ["set \(Self.variable)_FILE to a file that holds it, or \(Self.variable)"])
    }
    guard session.console.secret("once more")?.reveal() == typed else {
      throw Failure(.refused, "the two new passphrases differ; nothing was changed", remedy: ["run it again"])
    }
    return SecretBytes(utf8: typed)
  }

  private static let variable = "KEYTURN_NEW_PASSPHRASE"
}

private struct Resealed: Answer {
  var kids: [KeyID]

  var json: JSONValue {
    ["schema": "keyturn.resealed/v1", "kids": .array(kids.map { .string($0.rawValue) })]
  }

  func text(_ console: Console) -> String {
    "sealed under the new passphrase: \(counted(kids.count, "private key")) (\(kids.joined)), and the log's key"
  }
}
