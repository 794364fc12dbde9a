extension Diagnosis {
  /// Failures that are no credential's: the remediation list is not for them. Nil for a failed authentication, and where
  /// the addresses themselves are wrong, since then whoever answered was not to be asked.
  static func triage(_ failure: ReportedFailure, _ facts: DiagnosisFacts) -> Cause? {
    if let refusal = failure.refusal, let cause = refused(refusal, facts) { return cause }
    if failure.refusal != nil || facts.addressFinding != nil { return nil }
    if let obstacle = failure.trouble?.obstacle { return obstructed(obstacle, failure) }
    switch failure.code {
    case .timeout:
      return Cause(
        "timeout", "the deadline came before Maskinporten answered", "check the network path to the token endpoint")
    case .transientUpstreamFailure: return transient(failure)
    case .serverError where failure.trouble != nil:
      return Cause("key-unusable", failure.trouble?.detail ?? "the key cannot sign", "keyturn readiness")
    case .maskinportenScopeDenied:
      return Cause("scope-denied", "a scope was denied", "compare the scopes asked for with the client's in the portal")
    case .maskinportenAuthFailed, .maskinportenRequestRejected, .serverError, .unauthorized, .notFound,
      .methodNotAllowed, .badRequest, nil:
      return nil
    }
  }

  private static func refused(_ refusal: TokenRefusal, _ facts: DiagnosisFacts) -> Cause? {
    if refusal.status == 407 {
      return Cause(
        "proxy-authentication", "a proxy asks for credentials (407); the request did not reach Maskinporten",
        "let the token endpoint past the proxy, or give the proxy its credentials")
    }
    if refusal.status == 403, refusal.error == nil, refusal.mpCode == nil {
      return Cause(
        "proxy-forbids", "403 without an error of Maskinporten's: something on the way forbids the request",
        "allow the token endpoint's host in the firewall or proxy")
    }
    guard refusal.reason == .scopeDenied else { return nil }
    let named = facts.refusedScopes.keys.sorted().joined(separator: " ")
    let which = named.isEmpty ? "" : ": \(named)"
    switch refusal.mpCode {
    case "MP-200":
      return Cause(
        "scope-not-registered", "the client does not have every scope that was asked for\(which)",
        "add the scope to the client in Samarbeidsportalen, or ask for less")
    case "MP-201":
      return Cause(
        "scope-of-another-integration", "a scope is not for Maskinporten clients\(which)",
        "take it out, or ask its owner for one of the maskinporten type")
    case "MP-250":
      return Cause(
        "scope-access-withdrawn", "the scope's owner gives our organisation no access\(which)",
        "ask the scope's owner for access")
    case "MP-251":
      return Cause(
        "delegation-missing", "the consumer has not delegated the scope to us in Altinn\(which)",
        "ask the consumer to delegate it in Altinn")
    default:
      return Cause(
        "scope-denied", "a scope was denied\(which)", "compare the scopes asked for with the client's in the portal")
    }
  }

  private static func transient(_ failure: ReportedFailure) -> Cause {
    switch failure.trouble?.kind {
    case .serverError:
      Cause(
        "maskinporten-server-error", "Maskinporten answers with server errors: \(failure.trouble?.detail ?? "5xx")",
        "look at Digdir's status page; the credential is probably fine")
    case .rateLimited:
      Cause(
        "rate-limited", "Maskinporten limits our rate: \(failure.trouble?.detail ?? "429")",
        "ask for fewer tokens: keep them until shortly before they end")
    case .unreachable, .unanswered, .unusableAnswer, .rejected, nil:
      Cause(
        "maskinporten-unavailable", "Maskinporten gave no usable answer",
        "look at Digdir's status page; check the network")
    }
  }

  private static func obstructed(_ obstacle: NeighbourTrouble.Obstacle, _ failure: ReportedFailure) -> Cause {
    switch obstacle {
    case .unresolvedName:
      Cause("dns", "the token endpoint's name cannot be resolved", "check its spelling, then this host's DNS")
    case .connectionRefused:
      Cause(
        "connection-refused", "nobody listens at the token endpoint",
        "check its host and port; check the firewall")
    case .connectTimeout:
      Cause("connect-timeout", "no connection to the token endpoint came about", "check routes and the firewall")
    case .tls:
      Cause(
        "tls", "TLS with the token endpoint failed", "check this host's trust anchors and any inspecting proxy")
    case .noAnswerInTime:
      Cause(
        "timeout", "the token endpoint took the request and did not answer in time",
        "check the network path, then Digdir's status page")
    case .connectionLost:
      Cause(
        "connection-lost", "the connection ended before the answer did, in all attempts",
        "look for a firewall or proxy that cuts connections; then Digdir's status page")
    case .redirect:
      Cause(
        "redirected", "the token endpoint answered with a redirect, which is never followed",
        "set MASKINPORTEN_TOKEN_ENDPOINT to the address itself; look for a login page of a proxy")
    case .notJSON:
      Cause(
        "proxy-answers", "what answered speaks no JSON: a proxy or a login page, not Maskinporten",
        "let the token endpoint past the proxy")
    case .brokenJSON:
      Cause("answer-damaged", "the answer's JSON cannot be read", "look for a proxy that rewrites answers")
    }
  }
}
