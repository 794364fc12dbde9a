internal import ArgumentParser
internal import KeyMaterial
internal import RotationCore
internal import RotationStore

/// `keyturn keys emit`
struct KeysEmitCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "emit", abstract: "The public half of a key, in the form that the portal asks for.",
    discussion: """
      jwk is one JWK with our kid; array is a JSON array of it (the portal's page); set is a JWK set (the \
      self-service API); pem is a SubjectPublicKeyInfo, to which the portal gives a kid of its own. None holds a \
      private member. Needs no passphrase.

      Examples:
        keyturn keys emit KID
        keyturn keys emit KID --form array > for-the-portal.json
      """)

  @Argument(help: ArgumentHelp("The key.", valueName: "kid"))
  var kid: String

  @Option(help: ArgumentHelp("jwk, array, set or pem.", valueName: "form"))
  var form = PublicKeyForm.jwk

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let key = try reference(session)
    let text = try form.text(of: key)
    session.console.answer(Emitted(key: key, form: form, text: text.last == "\n" ? String(text.dropLast()) : text))
    return .done
  }

  /// A key in the store, or one that a rotation knew: its public half is on record for ever.
  private func reference(_ session: Session) throws -> KeyReference {
    let kid = KeyID(kid)
    let ledger = try session.reader()
    if let ledger { try session.warnOfState(ledger) }
    if let sealed = try ledger?.sealedKey(kid) { return sealed.reference }
    let known = try ledger?.rotations().flatMap { [$0.outgoing, $0.incoming].compactMap(\.self) } ?? []
    guard let key = known.first(where: { $0.kid == kid }) else { throw Failure.noKey(kid, session) }
    return key
  }
}

extension PublicKeyForm: ExpressibleByArgument {}

extension Failure {
  static func noKey(_ kid: KeyID, _ session: Session) -> Failure {
    Failure(
      .keyUnknown, "the state \(session.stateFolder.path) knows no key with kid \(kid)",
      remedy: [session.commandLine("keys list") + " names those in the store"])
  }
}

private struct Emitted: Answer {
  var key: KeyReference
  var form: PublicKeyForm
  var text: String

  var json: JSONValue {
    [
      "schema": "keyturn.key/v1", "kid": .string(key.kid.rawValue), "thumbprint": .string(key.thumbprint.rawValue),
      "form": .string(form.rawValue), "jwk": key.jwk, "text": .string(text),
    ]
  }

  func text(_ console: Console) -> String { text }
}
