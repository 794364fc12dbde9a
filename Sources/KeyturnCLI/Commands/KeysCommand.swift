internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn keys`
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "The private keys in the store: list, emit the public half, take in, destroy, seal anew.",
    discussion: """
      A private key is stored sealed under the passphrase and is never printed. Secrets come from files, from the \
      environment or from a prompt, never from arguments.

      Examples:
        keyturn keys list
        keyturn keys emit apier-20261122-9yXl… --form array
        keyturn keys adopt --kid apier-2025 --pem live.pem
        keyturn keys import --kid apier-2027 --pkcs12 certificate.p12
      """,
    subcommands: [
      KeysListCommand.self, KeysEmitCommand.self, KeysAdoptCommand.self, KeysImportCommand.self,
      KeysDestroyCommand.self, KeysResealCommand.self,
    ])
}

extension OpenState {
  /// `refusal`, which is about a key and of no rotation, once it is an entry of the log; nothing else was changed.
  func recording(_ refusal: Failure, of kid: KeyID, _ session: Session) throws -> Failure {
    try ledger.claim()
    try ledger.commit(
      LedgerCommit(entries: [
        LogEntry(
          at: session.clock.now(), operator: session.operatorName, rotation: nil, phase: nil, event: "refused",
          kid: kid, details: ["reason": .string(refusal.summary)])
      ]))
    publishLog(session)
    return refusal
  }
}
