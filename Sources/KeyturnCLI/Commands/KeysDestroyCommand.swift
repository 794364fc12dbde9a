internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn keys destroy`
struct KeysDestroyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "destroy", abstract: "Destroy the sealed private half of a key that nothing needs.",
    discussion: """
      Refused while an unfinished rotation names the key, a target or a running process was last seen to use it, or \
      the portal was last seen listing it. Afterwards no byte of the state's files holds the sealed copy; backups \
      and file system blocks are beyond it. Needs no passphrase.

      Examples:
        keyturn keys destroy apier-2024
      """)

  @Argument(help: ArgumentHelp("The key.", valueName: "kid"))
  var kid: String

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let kid = KeyID(kid)
    let state = try session.openStateWithoutKeys()
    defer { state.close() }
    guard let key = try state.ledger.sealedKey(kid) else { throw Failure.noKey(kid, session) }
    let use = KeyUse(of: kid, try state.ledger.rotations())
    guard use.reasons.isEmpty else {
      throw try state.recording(
        Failure(
          .refused, "kid \(kid) is needed, and was not destroyed: \(use.reasons.joined(separator: "; "))",
          remedy: ["finish or roll back what names it", "replace it first with keyturn rotate RUNBOOK"]),
        of: kid, session)
    }
    try state.ledger.claim()
    var commit = LedgerCommit(
      entries: [
        LogEntry(
          at: session.clock.now(), operator: session.operatorName, rotation: nil, phase: nil, event: "key_destroyed",
          kid: kid, details: ["thumbprint": .string(key.reference.thumbprint.rawValue)])
      ])
    commit.destroys = [kid]
    try state.ledger.commit(commit)
    let twins = try state.ledger.sealedKeys().filter { $0.reference.publicKey == key.reference.publicKey }.map(\.kid)
    session.console.answer(KeyDestroyed(key: key, twins: twins))
    return .done
  }
}

private struct KeyDestroyed: Answer {
  var key: SealedKey
  /// Other kids under which a state made before still holds the same private half.
  var twins: [KeyID]

  var json: JSONValue {
    [
      "schema": "keyturn.key/v1", "kid": .string(key.kid.rawValue),
      "thumbprint": .string(key.reference.thumbprint.rawValue), "destroyed": .bool(twins.isEmpty),
      "also_sealed_as": .array(twins.map { .string($0.rawValue) }),
    ]
  }

  func text(_ console: Console) -> String {
    twins.isEmpty
      ? "of kid \(key.kid) no sealed copy is left in any byte of the state's files"
      : "kid \(key.kid) is gone, but the same private half is still sealed as kid \(twins.joined): destroy that too"
  }
}
