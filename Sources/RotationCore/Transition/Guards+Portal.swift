extension Guard where Input == Facts {
  /// The portal lists a key, and another one than the key that the step withdraws.
  static var portalNotEmpty: Self {
    Guard("portalNotEmpty", needs: .portal) { facts in
      facts.withPortal { set in
        let withdrawn = facts.step == .withdrawKey ? facts.rotation.incoming : nil
        return set.keys.allSatisfy { key in withdrawn.map { key.isSame(as: $0) } ?? false }
          ? .no(facts.rotation.emptiedPortal, .person)
          : .yes("the portal lists \(set.kids.joined)")
      }
    }
  }

  /// The incoming key has its place, or one more key fits.
  static var roomInPortal: Self {
    Guard("roomInPortal", needs: .portal) { facts in
      facts.withPortal { set in
        facts.rotation.incoming.map(set.room) ?? set.roomVerdict
      }
    }
  }

  /// The outgoing key has its place, or one more key fits.
  static var roomToRepublish: Self {
    Guard("roomToRepublish", needs: .portal) { facts in
      facts.withPortal { $0.room(for: facts.rotation.outgoing) }
    }
  }

  /// The portal's entry under one of our kids is our public key.
  static var portalKeysOurs: Self {
    Guard("portalKeysOurs", needs: .portal) { facts in
      facts.withPortal { set in
        for key in [facts.rotation.outgoing, facts.rotation.incoming].compactMap({ $0 }) {
          let verdict = facts.verdict(that: key, isOursIn: set)
          if !verdict.holds { return verdict }
        }
        return .yes("no kid of this rotation stands for another key")
      }
    }
  }

  /// Nobody put another public key in the incoming one's place, as far as the portal can be read: what it cannot tell
  /// holds back no start and no probe, which tokens prove.
  static var incomingNotReplaced: Self {
    Guard("incomingNotReplaced", needs: .portal) { facts in
      guard let incoming = facts.rotation.incoming, let set = facts.portal.set else {
        return .yes("the portal was not read; tokens prove the incoming key")
      }
      return facts.verdict(that: incoming, isOursIn: set)
    }
  }

  static var incomingListed: Self {
    Guard("incomingListed", needs: .portal) { facts in
      guard let incoming = facts.rotation.incoming else { return .no("no incoming key was made") }
      return facts.withPortal { set in
        set.lists(incoming)
          ? .yes("the portal lists kid \(incoming.kid)")
          : .no(
            "the portal does not list the incoming kid \(incoming.kid): changed by someone else",
            .conflict(.portal(incoming)))
      }
    }
  }

  /// The incoming key stands nowhere, so that an abandon leaves nothing behind. A manual portal is asked by a token.
  static var nothingPublished: Self {
    Guard("nothingPublished", needs: [.portal, .incomingToken]) { facts in
      guard facts.rotation.publishedAt == nil else { return .no("the incoming key was published; roll back instead") }
      guard let incoming = facts.rotation.incoming else { return .yes("no key was made") }
      if case .granted = facts.incomingAttempt {
        return .no("kid \(incoming.kid) obtains tokens: it is listed. \(afterwards)")
      }
      if facts.portal == .manual {
        if let word = facts.rotation.attestations[.published] {
          guard let gone = facts.rotation.attestations[.withdrawn], gone.at >= word.at else {
            return .no(
              "\(word.by) gave the word that the portal lists kid \(incoming.kid): remove it there, then run keyturn attest"
                + " withdrawn", .person)
          }
          let forgotten = gone.at + facts.rotation.timing.propagation
          guard facts.now >= forgotten else {
            return .no(
              "a node that knows kid \(incoming.kid) has forgotten it by \(forgotten.iso8601)", .time(forgotten))
          }
        }
        switch facts.incomingAttempt {
        case .trouble(let trouble):
          return .no("whether kid \(incoming.kid) is listed, only a token tells: \(trouble.detail)", .neighbour)
        case nil: return facts.sealedVerdict(incoming)
        case .granted, .refused: break
        }
      }
      return facts.withPortal { set in
        set.lists(incoming)
          ? .no("the portal lists the incoming kid \(incoming.kid). \(afterwards)")
          : .yes("the portal does not list kid \(incoming.kid) with our public key")
      }
    }
  }

  private static var afterwards: String {
    "keyturn rotate --until published puts that on record, then keyturn rollback --reason TEXT takes it out; or it is"
      + " removed there by hand"
  }
}

extension PortalKeySet {
  /// Whether `key` is listed, may take the place of what stands under its kid, or can be added.
  func room(for key: KeyReference) -> Verdict {
    if lists(key) { return .yes("kid \(key.kid) is listed already") }
    return self[key.kid] == nil ? roomVerdict : .yes("kid \(key.kid) has its place")
  }

  var roomVerdict: Verdict {
    keys.count < Self.capacity
      ? .yes("\(keys.count) of \(Self.capacity) places are taken")
      : .no(
        "the portal already lists \(keys.count) keys (\(kids.joined)): free "
          + (keys.count == Self.capacity ? "one place" : "\(keys.count - Self.capacity + 1) places"), .person)
  }
}

extension [KeyID] {
  package var joined: String { map(\.rawValue).joined(separator: ", ") }
}
