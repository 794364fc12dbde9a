/// What Digdir and Altinn must have in place before live tokens are given (the page's prerequisites), each checked or
/// named as not checkable from here.
package struct Prerequisite: Sendable, Hashable {
  package enum State: String, Sendable, Hashable { case holds, fails, unknown = "not_checkable" }

  package let name: String
  package let state: State
  package let reason: String
  /// What explains one that fails; nil for the others.
  package let cause: Cause?

  private init(_ name: String, _ state: State, _ reason: String) {
    self.name = name
    self.state = state
    self.reason = reason
    cause = nil
  }

  private init(_ name: String, failing cause: Cause) {
    self.name = name
    state = .fails
    reason = cause.summary
    self.cause = cause
  }

  package var json: JSONValue {
    ["name": .string(name), "state": .string(state.rawValue), "reason": .string(reason)]
  }

  /// The addresses first: where they are wrong, whoever answered was not to be asked.
  static func all(_ facts: DiagnosisFacts) -> [Prerequisite] {
    let answer: TokenAttempt? =
      facts.grant.map(TokenAttempt.granted) ?? facts.failure?.refusal.map(TokenAttempt.refused)
      ?? facts.failure?.trouble.map(TokenAttempt.trouble)
    return [
      facts.environment.map { addresses(facts.addressText, issuer: $0.issuer) }
        ?? Prerequisite("addresses of one environment", .unknown, "no live environment here"),
      client(answer, record: facts.registration), scopes(facts.scopes, answer, refused: facts.refusedScopes),
      keySet(facts.keys, answer), certificate(facts.environment.flatMap { facts.keys?[$0.kid] }, isImported: false),
      systemRegister(facts.scopes, facts.altinn),
    ]
  }

  /// Of a rotation that would be opened. `refusedScopes`: those that alone are given no token, with the reason.
  static func all(
    runbook: Runbook, attempt: TokenAttempt?, refusedScopes: [String: String], outgoing: KeyReference?,
    keys: PortalKeySet?, isImported: Bool
  ) -> [Prerequisite] {
    let settings = runbook.maskinporten
    return [
      addresses(
        AddressCheck.finding(issuer: settings.issuer, tokenEndpoint: settings.tokenEndpoint), issuer: settings.issuer),
      client(attempt, record: nil), scopes(settings.scopes, attempt, refused: refusedScopes), keySet(keys, attempt),
      certificate(outgoing.flatMap { keys?[$0.kid] }, isImported: isImported), systemRegister(settings.scopes, nil),
    ]
  }

  private static func client(_ attempt: TokenAttempt?, record: ClientRegistration?) -> Prerequisite {
    let name = "client known"
    if record?.isActive == false {
      return Prerequisite(
        name,
        failing: Cause("client-deactivated", "the portal has it as not active", "activate it in Samarbeidsportalen"))
    }
    switch attempt {
    case .granted: return Prerequisite(name, .holds, "Maskinporten gave it a token")
    case .refused(let refusal) where refusal.reason == .unknownClient:
      return Prerequisite(
        name,
        failing: Cause("client-not-found", refusal.words, "compare the client's id with its page in Samarbeidsportalen")
      )
    case .refused where record != nil: return Prerequisite(name, .holds, "the portal lists it")
    case .refused, .trouble, nil: return Prerequisite(name, .unknown, "no token was given that would show it")
    }
  }

  private static func scopes(_ scopes: [String], _ attempt: TokenAttempt?, refused: [String: String]) -> Prerequisite {
    let name = "scopes granted"
    let all = scopes.joined(separator: " ")
    let ask = "add the scope to the client in Samarbeidsportalen, or ask for less"
    switch attempt {
    case .granted(let grant):
      guard let granted = grant.scope else {
        // RFC 6749 section 5.1: `scope` may be left out where it is what was asked for.
        return Prerequisite(name, .holds, "one token was given for \(all); it does not repeat them")
      }
      let given = Set(granted.split(separator: " ").map(String.init))
      let missing = scopes.filter { !given.contains($0) }
      return missing.isEmpty
        ? Prerequisite(name, .holds, "one token carries \(all)")
        : Prerequisite(
          name, failing: Cause("scope-not-granted", "the token lacks \(missing.joined(separator: " "))", ask))
    case .refused(let refusal) where refusal.reason == .scopeDenied:
      let each = refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      return Prerequisite(
        name, failing: Cause("scope-denied", each.isEmpty ? refusal.words : each.joined(separator: "; "), ask))
    case .refused, .trouble, nil: return Prerequisite(name, .unknown, "no token was given that would show it")
    }
  }

  private static func keySet(_ keys: PortalKeySet?, _ attempt: TokenAttempt?) -> Prerequisite {
    let name = "key set present"
    if let keys {
      return keys.keys.isEmpty
        ? Prerequisite(
          name,
          failing: Cause(
            "no-key-registered",
            "the portal lists no key: the client authenticates with its certificate alone, and a first key would shut"
              + " those callers out", "register a key, and move every caller to it"))
        : Prerequisite(name, .holds, "the portal lists \(keys.kids.map(\.rawValue).joined(separator: ", "))")
    }
    if case .granted(let grant) = attempt {
      return Prerequisite(name, .holds, "kid \(grant.kid) obtained a token, so it is registered")
    }
    return Prerequisite(name, .unknown, "the portal was not read; look at its keys page (Nøkler)")
  }

  /// `listed` is the live key as the portal has it; `isImported`: the incoming one came from a PKCS#12 file.
  private static func certificate(_ listed: PortalKey?, isImported: Bool) -> Prerequisite {
    let name = "certificate in force"
    if isImported {
      return Prerequisite(
        name, .unknown,
        "the store keeps a PKCS#12 file's key without its certificate: see its end with openssl pkcs12 -nokeys")
    }
    guard let listed else { return Prerequisite(name, .unknown, "the portal was not read") }
    return listed.members["x5c"] == nil
      ? Prerequisite(name, .holds, "none is needed: the portal ties kid \(listed.kid) to no certificate")
      : Prerequisite(
        name, .unknown, "the portal ties kid \(listed.kid) to a certificate (x5c): see its end and status there")
  }

  private static func systemRegister(_ scopes: [String], _ altinn: Result<String, NeighbourTrouble>?) -> Prerequisite {
    let name = "Altinn System Register entry"
    switch altinn {
    case .success(let words): return Prerequisite(name, .holds, words)
    case .failure(let trouble) where trouble.kind == .rejected:
      return Prerequisite(
        name,
        failing: Cause(
          "altinn-refuses", trouble.detail, "look for the client's entry in Altinn's System Register",
          "compare the exchange's environment with the token's"))
    case .failure(let trouble):
      return Prerequisite(
        name, failing: Cause("altinn-unusable", trouble.detail, "check the exchange's address and the way there"))
    case nil: break
    }
    let needed = scopes.contains { $0.hasPrefix("altinn:") }
    return needed
      ? Prerequisite(
        name, .unknown,
        "not looked at: keyturn diagnose --altinn-exchange URL hands a token to Altinn; the entry itself is seen"
          + " in Altinn's System Register")
      : Prerequisite(name, .holds, "not needed: no altinn: scope is asked for")
  }

  private static func addresses(_ finding: Cause?, issuer: String) -> Prerequisite {
    finding.map { Prerequisite("addresses of one environment", failing: $0) }
      ?? Prerequisite(
        "addresses of one environment", .holds,
        AddressCheck.environment(of: issuer).map { "both are Maskinporten's, \($0.environment.rawValue)" }
          ?? "no old or mixed address")
  }
}
