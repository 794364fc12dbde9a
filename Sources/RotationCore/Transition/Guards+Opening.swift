internal import Foundation

extension Guard where Input == OpeningFacts {
  /// The host's clock is at most this far from Maskinporten's, in seconds.
  static var tolerance: Double { 5 }

  static var clockAgrees: Self {
    Guard("clockAgrees") { facts in
      guard case .success(let metadata) = facts.metadata else {
        return .no("Maskinporten's clock is unknown", .neighbour)
      }
      guard let ahead = metadata.clockAhead else { return .yes("Maskinporten sends no Date header") }
      let words = ServerMetadata.words(ofClockAhead: ahead)
      return abs(ahead) <= tolerance + 0.5
        ? .yes("this host's clock is \(words) Maskinporten's")
        : .no("this host's clock is \(words) Maskinporten's, more than 5 s: mend the clock first")
    }
  }

  /// Issuer and token endpoint are the metadata's, byte for byte.
  static var metadataMatches: Self {
    Guard("metadataMatches") { facts in
      let wanted = facts.runbook.maskinporten
      switch facts.metadata {
      case .failure(let trouble):
        return .no("the metadata of \(wanted.issuer) cannot be read: \(trouble.detail)", .neighbour)
      case .success(let metadata):
        if metadata.issuer != wanted.issuer {
          return .no("the metadata names issuer \(metadata.issuer), the runbook \(wanted.issuer)")
        }
        if metadata.tokenEndpoint != wanted.tokenEndpoint {
          return .no("the metadata names token endpoint \(metadata.tokenEndpoint), the runbook \(wanted.tokenEndpoint)")
        }
        return .yes("issuer and token endpoint are those of the metadata")
      }
    }
  }

  static var portalReadable: Self {
    Guard("portalReadable") { facts in
      facts.withPortal { set in
        set.keys.isEmpty
          ? .no("the portal lists no key: a first registered key would shut out callers that use a certificate")
          : .yes("the portal lists \(set.kids.joined)")
      }
    }
  }

  static var portalHasRoom: Self { Guard("portalHasRoom") { facts in facts.withPortal(\.roomVerdict) } }

  /// Every target that can be read, and every beacon, names one pair.
  static var outgoingAgreed: Self {
    Guard("outgoingAgreed") { facts in
      switch facts.outgoing {
      case .agreed(let key): .yes("the outgoing pair is kid \(key.kid)")
      case .none(let reason): .no(reason)
      case .silent(let reason): .no(reason, .neighbour)
      }
    }
  }

  /// The portal lists the outgoing kid with the public key of the private half that is live. A half of another key in
  /// a target is told whatever else is wrong with the outgoing pair.
  static var outgoingListed: Self {
    Guard("outgoingListed") { facts in
      guard let key = facts.outgoing.key else { return facts.mismatchedPair ?? facts.unknownOutgoing }
      guard facts.bindsOutgoing else { return .yes("emergency: the outgoing kid \(key.kid) is not accepted any more") }
      return facts.withPortal { set in
        guard let listed = set[key.kid] else { return .no("the portal does not list the outgoing kid \(key.kid)") }
        return listed.isSame(as: key)
          ? .yes("the portal lists the outgoing kid \(key.kid) with the live pair's public key")
          : .no(
            "kid and private key of the live pair do not match: the portal lists another public key under \(key.kid)")
      }
    }
  }

  /// The first cutover from mock is no rotation, and a probe that refuses to be asked would fail the verification.
  static var integrationLive: Self {
    Guard("integrationLive") { facts in
      switch facts.readiness {
      case .success(.mock):
        .no("readiness answers mock: the app is not in live mode, and there is no live key to replace")
      case .success(.ready): .yes("readiness answers ready")
      case .success(.notReady(let findings)):
        .yes(
          "readiness is in live mode, not ready: "
            + findings.map { "\($0.field) \($0.reason)" }.joined(separator: ", "))
      case .failure(let trouble):
        facts.silentReadiness.map { .yes($0) }
          ?? .no(
            "readiness could not be asked: \(trouble.detail); the verification would fail on it: mend readiness_url and"
              + " readiness_secret, or the app's route")
      case nil: .yes("nothing says that the app runs the mock")
      }
    }
  }

  static var outgoingSealable: Self {
    Guard("outgoingSealable") { facts in
      facts.sealingProblem.map { .no($0) } ?? .yes("the outgoing private half can be sealed")
    }
  }

  static var outgoingAccepted: Self {
    Guard("outgoingAccepted") { facts in
      let kid = facts.outgoing.key?.kid.rawValue ?? "-"
      switch facts.outgoingAttempt {
      case .granted(let grant): return .yes("the outgoing kid \(kid) obtained a token at \(grant.at.iso8601)")
      case .refused(let refusal):
        return facts.runbook.emergency
          ? .yes("emergency: the outgoing kid \(kid) is refused already")
          : .no("Maskinporten refuses the outgoing kid \(kid): \(refusal.words)")
      case .trouble(let trouble): return .no("Maskinporten does not answer: \(trouble.detail)", .neighbour)
      case nil: return facts.unknownOutgoing
      }
    }
  }

  /// Nothing that a target tells about itself stands in the way.
  static var targetsReady: Self {
    Guard("targetsReady") { facts in
      var problems: [String] = []
      for target in facts.targets {
        if let trouble = target.preflight?.trouble {
          return .no("\(target.name) cannot be asked: \(trouble.detail)", .neighbour)
        }
        problems += (target.preflight?.problems ?? []).map { "\(target.name): \($0)" }
      }
      return problems.isEmpty ? .yes("every target is ready") : .no(problems.joined(separator: "; "))
    }
  }

  static var noOtherOpenRotation: Self {
    Guard("noOtherOpenRotation") { facts in
      let client = facts.runbook.maskinporten
      let open = facts.rotations.first {
        $0.phase.isOpen && $0.clientID == client.clientID && $0.issuer == client.issuer
      }
      return open.map { .no("rotation \($0.id) of this client is open in phase \($0.phase.rawValue)") }
        ?? .yes("no rotation of this client is open")
    }
  }

  /// `key.use` names a key in the store that is not the outgoing one.
  static var incomingUsable: Self {
    Guard("incomingUsable") { facts in
      guard let kid = facts.runbook.key.use else { return .yes("a new key will be generated") }
      guard let key = facts.sealed.first(where: { $0.kid == kid })?.reference else {
        return .no("key.use names kid \(kid), which is not in the store: run keyturn keys import or adopt")
      }
      if facts.outgoing.key?.publicKey == key.publicKey { return .no("key.use names the outgoing key itself") }
      if let listed = facts.portal.set?[kid], !listed.isSame(as: key) {
        return .no("the portal lists another public key under kid \(kid)")
      }
      return .yes("kid \(kid) is in the store")
    }
  }
}

extension OpeningFacts {
  /// An app that gives no answer is no reason against a rotation: the verification asks it again. Nil where it answered.
  var silentReadiness: String? {
    guard case .failure(let trouble) = readiness else { return nil }
    switch trouble.kind {
    case .unreachable, .unanswered, .serverError, .rateLimited:
      return "readiness could not be asked: \(trouble.detail); the verification asks it again"
    case .rejected, .unusableAnswer: return nil
    }
  }

  /// What a guard about the outgoing pair says when there is none: silence is no reason of its own.
  fileprivate var unknownOutgoing: Verdict {
    if case .silent = outgoing { return .no("the outgoing pair is not known yet", .neighbour) }
    return .no("no outgoing pair is known")
  }

  /// Where no one pair is live: a target whose kid and private half are not of one key, by the portal's list.
  fileprivate var mismatchedPair: Verdict? {
    guard let set = portal.set else { return nil }
    for target in targets {
      guard case .pair(let kid, let publicKey)? = target.holding else { continue }
      let held = KeyReference(kid: kid, algorithm: runbook.key.algorithm, publicKey: publicKey)
      guard set[kid].map({ !$0.isSame(as: held) }) ?? true else { continue }
      let owner = set.keys.first { $0.n == publicKey.n && $0.e == publicKey.e }?.kid
      guard owner != nil || set[kid] != nil else { continue }
      return .no(
        "kid and private key of \(target.name) do not match: the portal lists "
          + (owner.map { "that private key's public half under \($0), and the kid is \(kid)" }
            ?? "another public key under \(kid)"))
    }
    return nil
  }

  func withPortal(_ body: (PortalKeySet) -> Verdict) -> Verdict {
    switch portal {
    case .listed(let set): body(set)
    case .manual: .yes("a manual portal cannot be read: the operator sees it, tokens prove it")
    case .trouble(let trouble): .no("the portal cannot be read: \(trouble)", .neighbour)
    case .notLooked: .no("the portal was not looked at", .neighbour)
    }
  }
}
