internal import Foundation

extension Guard where Input == Facts {
  static var incomingSealed: Self {
    Guard("incomingSealed") { facts in
      facts.rotation.incoming.map(facts.sealedVerdict) ?? .no("no incoming key was made")
    }
  }

  static var outgoingSealed: Self { Guard("outgoingSealed") { $0.sealedVerdict($0.rotation.outgoing) } }

  /// The outgoing private half is sealed in the store: a way back exists. Not asked for a tainted key.
  static var rollbackReady: Self {
    Guard("rollbackReady") { facts in
      facts.rotation.emergency
        ? .yes("emergency: the tainted kid \(facts.rotation.outgoing.kid) is not needed again")
        : facts.sealedVerdict(facts.rotation.outgoing)
    }
  }

  /// A tainted key is never put back in the portal.
  static var outgoingNotTainted: Self {
    Guard("outgoingNotTainted") { facts in
      let kid = facts.rotation.outgoing.kid
      return facts.rotation.emergency
        ? .no("kid \(kid) is tainted (emergency) and is never put back in the portal")
        : .yes("kid \(kid) is not tainted")
    }
  }

  /// Where the outgoing key has to be put back in the portal first, it may be, and there is room as last seen; an emptied
  /// portal takes nothing. A rollback
  /// that `status` calls impossible is never opened, since nothing would lead out of it.
  static var outgoingMayReturn: Self {
    Guard("outgoingMayReturn") { facts in
      let kid = facts.rotation.outgoing.kid
      if facts.rotation.lastSeen.portal?.keys.isEmpty == true { return .no(facts.rotation.emptiedPortal, .person) }
      guard facts.rotation.mustRepublishOutgoing else { return .yes("kid \(kid) need not be put back in the portal") }
      if facts.rotation.emergency { return .no(facts.rotation.taintedAndGone) }
      return facts.rotation.lastSeen.portal?.room(for: facts.rotation.outgoing)
        ?? .yes("kid \(kid) may be put back in the portal")
    }
  }

  /// Restoring a tainted key needs `--accept-tainted`, which is not offered where that key is gone.
  static var taintAccepted: Self {
    Guard("taintAccepted") { facts in
      let kid = facts.rotation.outgoing.kid
      guard facts.rotation.emergency else { return .yes("kid \(kid) is not tainted") }
      if facts.rotation.rollback?.acceptTainted == true { return .yes("restoring the tainted kid \(kid) was accepted") }
      return facts.rotation.mustRepublishOutgoing
        ? .no(facts.rotation.taintedAndGone)
        : .no("kid \(kid) is tainted: restoring it needs rollback --accept-tainted --reason TEXT")
    }
  }

  /// The outgoing key is not refused. A Maskinporten that is down does not hold back a restore.
  static var outgoingNotRefused: Self {
    Guard("outgoingNotRefused", needs: .outgoingToken) { facts in
      let kid = facts.rotation.outgoing.kid
      return switch facts.outgoingAttempt {
      case .granted(let grant): .yes("kid \(kid) obtained a token at \(grant.at.iso8601)")
      case .trouble(let trouble):
        .yes("Maskinporten does not answer (\(trouble.detail)), but does not refuse kid \(kid)")
      case .refused(let refusal):
        .no("Maskinporten refuses the outgoing kid \(kid) (\(refusal.words)): \(Rotation.outOfRefusal)", .person)
      case nil: facts.sealedVerdict(facts.rotation.outgoing)
      }
    }
  }

  static var outgoingRefused: Self {
    Guard("outgoingRefused", needs: .outgoingToken) { facts in
      let kid = facts.rotation.outgoing.kid
      return switch facts.outgoingAttempt {
      case .refused(let refusal): .yes("kid \(kid) is refused: \(refusal.words)")
      case .granted: .no("the outgoing kid \(kid) still obtains tokens; go on with the rollback")
      case .trouble(let trouble): .no("Maskinporten does not answer: \(trouble.detail)", .neighbour)
      case nil: facts.sealedVerdict(facts.rotation.outgoing)
      }
    }
  }

  static var incomingAccepted: Self {
    Guard("incomingAccepted", needs: .incomingToken) { facts in
      guard let kid = facts.rotation.incoming?.kid else { return .no("no incoming key was made") }
      return switch facts.incomingAttempt {
      case .granted(let grant): .yes("kid \(kid) obtained a token at \(grant.at.iso8601)")
      case .refused(let refusal): .no("Maskinporten refuses the incoming kid \(kid): \(refusal.words)")
      case .trouble(let trouble): .no("Maskinporten does not answer: \(trouble.detail)", .neighbour)
      case nil: facts.rotation.incoming.map(facts.sealedVerdict) ?? .no("no incoming key was made")
      }
    }
  }

  /// Nothing says that the incoming key, which alone is in use, does not serve: while it does not, the outgoing one is the
  /// way back. A rotation that came after has taken its place.
  static var incomingServes: Self {
    Guard("incomingServes", needs: .portal) { facts in
      let rotation = facts.rotation
      guard let incoming = rotation.incoming else { return .no("no incoming key was made") }
      if let later = rotation.laterRotation(among: facts.others) { return .yes("rotation \(later.id) came after") }
      // One that was rolled back since, with this key as its outgoing one, may have looked later.
      let witness = facts.others.filter { $0.outgoing == incoming }.reduce(rotation) { latest, other in
        (other.lastSeen.portalAt ?? .distantPast) > (latest.lastSeen.portalAt ?? .distantPast) ? other : latest
      }
      guard let doubt = witness.doubt(of: incoming) else {
        return .yes("kid \(incoming.kid) serves, for all that is known")
      }
      return .no(
        "\(doubt), and it is in use: put it back there (keyturn keys emit \(incoming.kid) prints it), or go back with"
          + " keyturn rollback \(rotation.id) --reason TEXT", .person)
    }
  }

  /// The incoming kid was never used with another public key (safety rule 6).
  static var kidMeansOneKey: Self {
    Guard("kidMeansOneKey") { facts in
      guard let incoming = facts.rotation.incoming else { return .yes("no incoming key was made yet") }
      return facts.everUsed.contains { $0 != incoming.publicKey }
        ? .no(
          "kid \(incoming.kid) was already used with another public key: run keyturn abandon, then rotate --new; where the"
            + " portal lists kid \(incoming.kid): remove it there first")
        : .yes("kid \(incoming.kid) was never used with another public key")
    }
  }
}

extension Rotation {
  fileprivate var taintedAndGone: String {
    "kid \(outgoing.kid) is tainted, is not accepted any more and is never put back: go on with "
      + (isGoingBack ? Self.forwardCommand : "keyturn rotate")
  }
}

extension Facts {
  func sealedVerdict(_ key: KeyReference) -> Verdict {
    sealed[key.kid] == key.publicKey
      ? .yes("the private half of kid \(key.kid) is sealed in the store")
      : .no(
        "the store does not hold the private half of kid \(key.kid): whoever has it hands it over with keyturn keys adopt"
          + " --kid \(key.kid) --pem FILE", .person)
  }
}

extension TokenRefusal {
  /// Maskinporten's words with its code and trace id, for people.
  package var words: String {
    var words = text ?? error ?? reason.words
    if let mpCode { words += ", \(mpCode)" }
    if let traceID { words += ", trace id \(traceID)" }
    return words
  }
}
