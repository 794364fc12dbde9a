internal import ArgumentParser

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
