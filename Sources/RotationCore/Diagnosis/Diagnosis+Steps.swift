internal import Foundation

extension Diagnosis {
  static let clockTolerance = 5.0

  // MARK: 1

  static func readiness(_ facts: DiagnosisFacts) -> Look {
    var look = Look(lookedAt: "the seven variables; the PEM by the code that signs", found: "ready")
    if !facts.findings.isEmpty {
      look.found = facts.findings.map { Cause($0).summary }.joined(separator: "; ")
      look.cause = facts.findings.first.map(Cause.init)
      return look
    }
    if let flaw = facts.flaws.first(where: { $0.explains(facts) }) {
      look.found = flaw.summary
      look.cause = Cause(flaw)
      return look
    }
    guard facts.mode == .live else {
      look.found = "mock: MASKINPORTEN_MODE is not live here, so nothing else was validated"
      look.isUnknown = true
      look.next = "run keyturn diagnose with the environment of the process that fails"
      return look
    }
    return look
  }

  // MARK: 2

  static func clock(_ facts: DiagnosisFacts) -> Look {
    var look = Look(lookedAt: "the Date header of \(facts.clock?.of ?? "an answer")", found: "")
    look.found = facts.clock?.words ?? "no answer with a Date header was seen"
    look.isUnknown = facts.clock == nil
    look.next = look.isUnknown ? "timedatectl" : "the next step"
    guard let refusal = facts.failure?.refusal else { return look }
    let ahead = facts.clock?.ahead ?? 0
    switch refusal.reason {
    case .clock: look.cause = clockCause(ahead, refusal)
    case .lifetimeTooLong:
      look.cause = Cause(
        "lifetime-too-long", "Maskinporten takes a shorter exp - iat than the 120 s of the assertion",
        "compare with docs.digdir.no; tell Digdir's support if they differ")
    case .other where abs(ahead) > 10 && facts.grant == nil: look.cause = clockCause(ahead, refusal)
    case .unknownKid, .expiredKey, .wrongSignature, .wrongAudience, .unknownClient, .untrustedCertificate,
      .replayedGrant, .kidRequired, .scopeDenied, .malformed, .other:
      break
    }
    return look
  }

  private static func clockCause(_ ahead: Double, _ refusal: TokenRefusal) -> Cause {
    let isFuture = (refusal.text ?? "").lowercased().contains("issue time")
    if ahead > clockTolerance || (abs(ahead) <= clockTolerance && isFuture) {
      return Cause(
        "clock-ahead", "this host's clock is ahead of Maskinporten's; iat lies in the future",
        "mend the clock: timedatectl set-ntp true", "then keyturn diagnose")
    }
    if ahead < -clockTolerance {
      return Cause(
        "clock-behind", "this host's clock is behind Maskinporten's; the assertion has expired on arrival",
        "mend the clock: timedatectl set-ntp true", "then keyturn diagnose")
    }
    return Cause(
      "grant-late",
      "the clocks agree now, and the assertion had expired on arrival: it was delivered late, or the clock has been"
        + " mended since", "look for a proxy that holds requests back; run keyturn diagnose again")
  }

  // MARK: 3

  static func kid(_ facts: DiagnosisFacts) -> Look {
    let kid = facts.environment?.kid
    var look = Look(lookedAt: "", found: "")
    var (seen, found) = ([String](), [String]())
    if facts.grant != nil || facts.refusedNow != nil { seen.append("a token request with it") }
    if let kid, facts.grant != nil { found.append("kid \(kid) obtained a token just now") }
    if let refusal = facts.failure?.refusal {
      if facts.failure?.isPasted == true { seen.append("what was pasted") }
      found.append("refused: \(refusal.words)")
    } else if facts.grant == nil {
      found.append("no answer about the kid")
    }
    switch facts.portal {
    case .found(let set, _):
      seen.append("the portal's key set")
      let kids = set.kids.map(\.rawValue).joined(separator: ", ")
      found.append("the portal lists " + (kids.isEmpty ? "no key" : kids))
    case .notAsked(let reason):
      found.append("the portal was not read: \(reason)")
      look.next = "compare MASKINPORTEN_KID with the portal's keys page (Nøkler), or give --runbook"
    case .silent(let reason):
      seen.append("the portal")
      found.append("the portal could not be read: \(reason)")
      look.next = "compare MASKINPORTEN_KID with the portal's keys page (Nøkler)"
    case .unknownClient:
      seen.append("the portal")
      found.append("the portal knows no such client")
    }
    look.lookedAt = seen.isEmpty ? "nothing" : seen.joined(separator: "; ")
    look.found = found.joined(separator: "; ")
    look.cause = facts.failure?.refusal.flatMap { kidCause($0, facts) }
    look.isUnknown = look.cause == nil && facts.grant == nil && facts.keys == nil
    return look
  }

  private static func kidCause(_ refusal: TokenRefusal, _ facts: DiagnosisFacts) -> Cause? {
    let kid = facts.environment?.kid
    let name = kid.map { "kid \($0)" } ?? "the kid"
    switch refusal.reason {
    case .unknownKid:
      if facts.addressFinding != nil { return nil }
      guard let keys = facts.keys, let kid else {
        return Cause(
          "kid-unknown",
          "Maskinporten does not know \(name) for this client: not uploaded, not propagated yet, or removed",
          "compare MASKINPORTEN_KID with the portal's keys page (Nøkler)",
          "keyturn diagnose --runbook RUNBOOK reads it")
      }
      return listing(of: kid, in: keys, facts)
        ?? Cause(
          "kid-not-propagated", "the portal lists \(name) with this key, and a token server does not know it yet",
          "wait: Digdir states up to 2 minutes; then keyturn token")
    case .expiredKey: return expired(name)
    case .wrongSignature:
      if let kid, let keys = facts.keys, let cause = algorithm(of: kid, in: keys, facts) { return cause }
      return Cause(
        "pair-mismatch", "MASKINPORTEN_PRIVATE_KEY is not the private half of \(name)",
        "set both variables from one pair; keyturn keys list shows what is in the store")
    case .kidRequired:
      return Cause(
        "kid-not-sent", "the client has registered keys, and the assertion carried no kid",
        "send kid in the header, and never x5c beside it")
    case .other:
      guard let kid, let keys = facts.keys else { return nil }
      if let end = keys[kid]?.expires, end <= facts.now { return expired(name) }
      return listing(of: kid, in: keys, facts)
    case .wrongAudience, .unknownClient, .untrustedCertificate, .clock, .lifetimeTooLong, .replayedGrant, .scopeDenied,
      .malformed:
      return nil
    }
  }

  private static func expired(_ name: String) -> Cause {
    Cause(
      "key-expired", "\(name) is past its end in the portal; a key lives a year from its upload at most",
      "rotate to a new key, or upload the same public key again for another year")
  }

  /// What is wrong with the way in which the portal lists the key; nil where it lists it rightly.
  private static func listing(of kid: KeyID, in keys: PortalKeySet, _ facts: DiagnosisFacts) -> Cause? {
    if let listed = keys[kid] {
      guard let publicKey = facts.publicKey, listed.n != publicKey.n else { return nil }
      return Cause(
        "pair-mismatch", "the portal lists another public key under kid \(kid)", "set both variables from one pair")
    }
    if keys.keys.isEmpty {
      return Cause(
        "no-key-registered", "the portal lists no key for this client",
        "upload the public half: keyturn keys emit KID",
        "mind that a first key shuts out callers that use a certificate")
    }
    if let twin = keys.keys.first(where: { $0.n != nil && $0.n == facts.publicKey?.n }) {
      return Cause(
        "kid-differs", "the portal lists this key under kid \(twin.kid), not \(kid)",
        "set MASKINPORTEN_KID to \(twin.kid), and redeploy")
    }
    return Cause(
      "kid-not-registered", "neither kid \(kid) nor its key is in the portal",
      "upload the public half in Samarbeidsportalen, or set the pair that is listed there")
  }

  private static func algorithm(of kid: KeyID, in keys: PortalKeySet, _ facts: DiagnosisFacts) -> Cause? {
    guard let listed = keys[kid], listed.n == facts.publicKey?.n, let algorithm = listed.members["alg"]?.string,
      algorithm != SigningAlgorithm.RS256.rawValue
    else { return nil }
    return Cause(
      "algorithm-differs", "the portal lists kid \(kid) for \(algorithm), and the assertion is signed with RS256",
      "list the key with alg RS256, or rotate to one that is")
  }

  // MARK: 4

  static func addresses(_ facts: DiagnosisFacts) -> Look {
    guard let environment = facts.environment else {
      return Look(
        lookedAt: "nothing", found: "no live environment here", isUnknown: true,
        next: "run it with the environment of the process that fails")
    }
    var look = Look(
      lookedAt: "\(environment.issuer) and \(environment.tokenEndpoint), their text and RFC 8414 metadata", found: "")
    let known = facts.metadata != nil || facts.endpointMetadata != nil
    look.found =
      known
      ? "both are those of the metadata"
      : "the metadata could not be read\(facts.metadataProblem.map { ": \($0)" } ?? "")"
    look.isUnknown = !known
    if let cause = facts.addressFinding {
      look.found = cause.summary
      if facts.failure != nil { look.cause = cause }
      return look
    }
    guard let refusal = facts.failure?.refusal else { return look }
    switch refusal.reason {
    case .wrongAudience:
      look.cause = Cause(
        "audience-rejected", "Maskinporten rejects aud \(environment.issuer)",
        "compare MASKINPORTEN_ISSUER byte for byte with issuer of the environment's metadata")
    case .replayedGrant:
      look.cause = Cause(
        "grant-replayed", "Maskinporten has seen this very assertion before: something on the way sends requests twice",
        "look for a proxy or gateway that retries POST; turn that off for the token endpoint")
    case .malformed:
      look.cause = Cause(
        "request-malformed", "Maskinporten cannot read the request: \(refusal.words)",
        "look for a proxy that rewrites requests; report it to the operator's developers with the trace id")
    case .other where facts.failure?.code == .maskinportenRequestRejected:
      look.cause = Cause(
        "request-rejected", "what answers at the token endpoint rejects the request (\(refusal.status))",
        "check MASKINPORTEN_TOKEN_ENDPOINT, and any proxy on the way")
    case .unknownKid, .expiredKey, .wrongSignature, .unknownClient, .untrustedCertificate, .clock, .lifetimeTooLong,
      .kidRequired, .scopeDenied, .other:
      break
    }
    return look
  }

  // MARK: 5

  /// `earlier`: the findings of the first four steps, since suspicion rests on what they told.
  static func revocation(_ facts: DiagnosisFacts, after earlier: [Finding]) -> Look {
    var look = Look(
      lookedAt: "the client's record in the portal; the answer to a token request", found: "",
      next: "nothing is left to look at")
    let client = facts.environment?.clientID.rawValue ?? "-"
    switch facts.portal {
    case .found(_, let record?) where record.isActive == false: look.found = "client \(client) is not active"
    case .found(_, let record?) where record.isActive == true: look.found = "client \(client) is active"
    case .found: look.found = "client \(client) is there"
    case .unknownClient: look.found = "there is no client \(client)"
    case .notAsked(let reason), .silent(let reason):
      look.found = "the portal was not read: \(reason)"
      look.isUnknown = facts.grant == nil
      look.next = "look at the client's page in Samarbeidsportalen, or give --runbook"
    }
    if facts.grant != nil {
      look.found = "client \(client) was given a token just now, so it is not revoked; " + look.found
    } else if !facts.isRefusedNow {
      look.found = "no token request from here was refused; " + look.found
      look.isUnknown = true
    }
    guard let failure = facts.failure, failure.code != nil || failure.refusal != nil else {
      if facts.failure != nil { look.isUnknown = facts.grant == nil }
      return look
    }
    look.cause = revocationCause(failure, facts, client, after: earlier)
    return look
  }

  private static func revocationCause(
    _ failure: ReportedFailure, _ facts: DiagnosisFacts, _ client: String, after earlier: [Finding]
  ) -> Cause? {
    let ask = "open a ticket with Digdir's support; the text is below"
    switch failure.refusal?.reason {
    case .untrustedCertificate where failure.mpCode == "MP-122":
      return Cause("certificate-of-another-organisation", "the certificate is another organisation's", "use your own")
    case .untrustedCertificate:
      return Cause(
        "certificate-rejected",
        "Maskinporten does not accept the certificate: expired, revoked, or of another environment",
        "check the certificate's end and issuer", ask)
    default: break
    }
    switch facts.portal {
    case .unknownClient:
      return Cause(
        "client-unknown", "Samarbeidsportalen has no client \(client)",
        "compare MASKINPORTEN_CLIENT_ID with the client's page in Samarbeidsportalen")
    case .found(_, let record?) where record.isActive == false:
      return Cause("client-deactivated", "client \(client) was deactivated in Samarbeidsportalen", ask)
    case .found, .notAsked, .silent: break
    }
    if failure.refusal?.reason == .unknownClient {
      return Cause(
        "client-not-found", "Maskinporten knows no client \(client): a wrong MASKINPORTEN_CLIENT_ID, or revoked",
        "compare MASKINPORTEN_CLIENT_ID with Samarbeidsportalen", ask)
    }
    guard facts.isRefusedNow else { return nil }
    let untold = earlier.filter { $0.verdict != .passed }.map { "\($0.step.rawValue)" }.joined(separator: ", ")
    let passed =
      untold.isEmpty ? "steps 1 to 4 pass" : "nothing in steps 1 to 4 explains it (not told: step \(untold))"
    return Cause(
      "revocation-suspected", "\(passed) and Maskinporten still refuses: the client may have been revoked", ask)
  }
}

extension HiddenFlaw {
  /// A mode that was meant to be live is why no token is real; an id counts where it was refused, since it may be what
  /// the portal has.
  fileprivate func explains(_ facts: DiagnosisFacts) -> Bool {
    switch field {
    case .mode: true
    case .clientID, .kid: facts.failure?.refusal != nil && facts.grant == nil
    case .privateKey, .tokenEndpoint, .issuer, .apiSecret: false
    }
  }
}

extension DiagnosisFacts {
  /// What takes the edge off a failure that was pasted; nil where no token was given just now.
  var worksNow: String? {
    guard failure != nil, let grant else { return nil }
    return "it works now: kid \(grant.kid) obtained a token just now with this environment"
  }
}

extension DiagnosisFacts.ClockReading {
  var words: String {
    "this host's clock is \(ServerMetadata.words(ofClockAhead: ahead)) the neighbour's"
  }
}
