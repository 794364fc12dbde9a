internal import ArgumentParser
internal import RotationCore

/// `keyturn attest`
struct AttestCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "attest", abstract: "Give your word that a step was done by hand; tokens still prove it.",
    discussion: """
      FACT is published, retired, withdrawn, republished, deployed or verified. It is recorded as your word. Needs \
      no passphrase.

      Examples:
        keyturn attest published
        keyturn attest deployed R-20261122-7F3K --operator kari
      """)

  @Argument(help: "What was done.")
  var fact: AttestedFact
  @Argument(help: "The rotation (default: the open one, else the last).")
  var rotation: String?
  @OptionGroup var global: GlobalOptions

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    try RotationChoice.find(rotation, in: ledger)
  }

  func run(_ session: Session) async throws -> ExitStatus {
    try session.record(rotation) { desk, rotation in
      try desk.attest(fact, rotation)
    } words: { _, after in
      "recorded: \(fact.words(after)) (attested by \(session.operatorName))"
    }
  }
}

extension AttestedFact {
  /// What the operator's word says.
  fileprivate func words(_ rotation: Rotation) -> String {
    let incoming = rotation.incoming.map { "kid \($0.kid)" } ?? "the incoming key"
    return switch self {
    case .published: "the portal lists \(incoming)"
    case .retired: "the portal lists kid \(rotation.outgoing.kid) no longer"
    case .withdrawn: "the portal lists \(incoming) no longer"
    case .republished: "the portal lists kid \(rotation.outgoing.kid) again"
    case .deployed: "what runs on the targets was started anew"
    case .verified: "what runs on the targets was seen to work"
    }
  }
}
