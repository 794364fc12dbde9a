/// What Digdir and Altinn must have in place before live tokens are given (the page's prerequisites), each checked or
/// named as not checkable from here.
package struct Prerequisite: Sendable, Hashable {
  package enum State: String, Sendable, Hashable { case holds, fails, unknown = "not_checkable" }

  package let name: String
  package let state: State
  package let reason: String

  package init(_ name: String, _ state: State, _ reason: String) {
    self.name = name
    self.state = state
    self.reason = reason
  }

  package var json: JSONValue {
    ["name": .string(name), "state": .string(state.rawValue), "reason": .string(reason)]
  }

  static func all(_ facts: DiagnosisFacts) -> [Prerequisite] {
    let answer: TokenAttempt? =
      facts.grant.map(TokenAttempt.granted) ?? facts.failure?.refusal.map(TokenAttempt.refused)
      ?? facts.failure?.trouble.map(TokenAttempt.trouble)
    return [
      client(answer, record: facts.registration), scopes(facts.scopes, answer, refused: facts.refusedScopes),
      keySet(facts.keys, answer), certificate(facts.environment.flatMap { facts.keys?[$0.kid] }, isImported: false),
      systemRegister(facts.scopes, facts.altinn),
      facts.environment.map { addresses(issuer: $0.issuer, tokenEndpoint: $0.tokenEndpoint) }
        ?? Prerequisite("addresses", .unknown, "no live environment here"),
    ]
  }

  /// Of a rotation that would be opened.
  package static func all(
    runbook: Runbook, attempt: TokenAttempt?, outgoing: KeyReference?, keys: PortalKeySet?, isImported: Bool
  ) -> [Prerequisite] {
    let settings = runbook.maskinporten
    return [
      client(attempt, record: nil), scopes(settings.scopes, attempt, refused: [:]), keySet(keys, attempt),
      certificate(outgoing.flatMap { keys?[$0.kid] }, isImported: isImported), systemRegister(settings.scopes, nil),
      addresses(issuer: settings.issuer, tokenEndpoint: settings.tokenEndpoint),
    ]
  }

  private static func client(_ attempt: TokenAttempt?, record: ClientRegistration?) -> Prerequisite {
    let name = "client known"
    if record?.isActive == false { return Prerequisite(name, .fails, "the portal has it as not active") }
    switch attempt {
    case .granted: return Prerequisite(name, .holds, "Maskinporten gave it a token")
    case .refused(let refusal) where refusal.reason == .unknownClient: return Prerequisite(name, .fails, refusal.words)
    case .refused where record != nil: return Prerequisite(name, .holds, "the portal lists it")
    case .refused, .trouble, nil: return Prerequisite(name, .unknown, "no token was given that would show it")
    }
  }

  private static func scopes(_ scopes: [String], _ attempt: TokenAttempt?, refused: [String: String]) -> Prerequisite {
    let name = "scopes granted"
    let all = scopes.joined(separator: " ")
    switch attempt {
    case .granted(let grant):
      let given = Set((grant.scope ?? all).split(separator: " ").map(String.init))
      let missing = scopes.filter { !given.contains($0) }
      return missing.isEmpty
        ? Prerequisite(name, .holds, "one token carries \(all)")
        : Prerequisite(name, .fails, "the token lacks \(missing.joined(separator: " "))")
    case .refused(let refusal) where refusal.reason == .scopeDenied:
      let each = refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      return Prerequisite(name, .fails, each.isEmpty ? refusal.words : each.joined(separator: "; "))
    case .refused, .trouble, nil: return Prerequisite(name, .unknown, "no token was given that would show it")
    }
  }

  private static func keySet(_ keys: PortalKeySet?, _ attempt: TokenAttempt?) -> Prerequisite {
    let name = "key set present"
    if let keys {
      return keys.keys.isEmpty
        ? Prerequisite(
          name, .fails,
          "the portal lists no key: the client authenticates with its certificate alone, and a first key would shut"
            + " those callers out")
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
    case .failure(let trouble): return Prerequisite(name, .fails, trouble.detail)
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

  private static func addresses(issuer: String, tokenEndpoint: String) -> Prerequisite {
    AddressCheck.finding(issuer: issuer, tokenEndpoint: tokenEndpoint)
      .map { Prerequisite("addresses of one environment", .fails, $0.summary) }
      ?? Prerequisite(
        "addresses of one environment", .holds,
        AddressCheck.environment(of: issuer).map { "both are Maskinporten's, \($0.environment.rawValue)" }
          ?? "no old or mixed address")
  }
}
