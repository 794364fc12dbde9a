extension Guard where Input == Facts {
  /// Before the swap every target holds the outgoing pair, or already the incoming one by our own write.
  static var targetsUnchanged: Self {
    Guard("targetsUnchanged", needs: .targets) { facts in
      facts.firstTarget { facts.rotation.verdict(that: $1, isExpectedAt: $0) }
        ?? .yes("every target holds the outgoing pair or already the incoming one")
    }
  }

  static var targetsHoldIncoming: Self {
    Guard("targetsHoldIncoming", needs: .targets) { facts in
      guard let incoming = facts.rotation.incoming else { return .no("no incoming key was made") }
      return facts.firstTarget { $0.verdict(holding: $1, is: incoming) }
        ?? .yes("every target holds kid \(incoming.kid)")
    }
  }

  /// Every beacon names the incoming kid; a target without one was started after the swap.
  static var signersOnIncoming: Self {
    Guard("signersOnIncoming", needs: .beacons) { facts in
      guard let incoming = facts.rotation.incoming else { return .no("no incoming key was made") }
      return facts.firstBeacon(not: incoming.kid)
        ?? .yes("what runs was started after the swap, and every beacon names kid \(incoming.kid)")
    }
  }

  static var targetsOnOutgoing: Self {
    Guard("targetsOnOutgoing", needs: [.targets, .beacons]) { facts in
      let outgoing = facts.rotation.outgoing
      return facts.firstTarget { $0.verdict(holding: $1, is: outgoing) } ?? facts.firstBeacon(not: outgoing.kid)
        ?? .yes("every target is on the outgoing kid \(outgoing.kid)")
    }
  }

  static var incomingUnused: Self {
    Guard("incomingUnused", needs: [.targets, .beacons]) { facts in
      guard let incoming = facts.rotation.incoming else { return .yes("no key was made") }
      for target in facts.targets {
        if target.holding?.kid == incoming.kid || target.beacon == .kid(incoming.kid) {
          return .no("\(target.name) uses kid \(incoming.kid): changed by someone else", .conflict(.target))
        }
        if case .unreadable(let trouble)? = target.holding {
          return .no("\(target.name) cannot be read: \(trouble)", .neighbour)
        }
      }
      return .yes("no target uses kid \(incoming.kid)")
    }
  }

  /// Nothing needs the outgoing private half any more. A neighbour that does not answer counts as it was last seen.
  static var outgoingUnused: Self {
    Guard("outgoingUnused", needs: [.targets, .beacons, .portal]) { facts in
      let rotation = facts.rotation
      let kid = rotation.outgoing.kid
      for (name, seen) in rotation.lastSeen.targets {
        let held = facts.targets.first { $0.name == name }?.holding?.kid ?? seen
        if held == kid { return .no("\(name) holds kid \(kid): set it to kid \(rotation.incomingKid)", .person) }
      }
      for target in facts.targets where target.beacon == .kid(kid) {
        return .no("\(target.name): a running process signs with kid \(kid): restart it", .person)
      }
      if let set = facts.portal.set ?? rotation.lastSeen.portal, set.lists(rotation.outgoing) {
        return .no("the portal lists kid \(kid) again: remove it there", .person)
      }
      if let other = facts.others.first(where: { $0.needsPrivateHalf(of: kid) }) {
        let ends = other.phase == .retired ? other.quarantineEnds.flatMap { $0 > facts.now ? $0 : nil } : nil
        return .no(
          "rotation \(other.id) (\(other.phase.rawValue)) still names kid \(kid)", ends.map { .time($0) } ?? .person)
      }
      return .yes("no target, signer, portal entry or other rotation needs kid \(kid)")
    }
  }
}

extension Facts {
  /// The first beacon that names another kid, or cannot be read.
  func firstBeacon(not kid: KeyID) -> Verdict? {
    for target in targets {
      switch target.beacon {
      case .none, .kid(kid): continue
      case .kid(let other):
        return .no("\(target.name): the running process signs with kid \(other), not \(kid): restart it", .person)
      case .trouble(let trouble): return .no("\(target.name): the beacon tells no kid: \(trouble)", .neighbour)
      case .notLooked: return .no("\(target.name): the beacon was not looked at", .neighbour)
      }
    }
    return nil
  }
}

extension TargetSighting {
  /// A write-only target counts as holding what was written last.
  func verdict(holding: Holding, is key: KeyReference) -> Verdict {
    if holding.isPair(of: key) { return .yes("\(name) holds kid \(key.kid)") }
    switch holding {
    case .writeOnly: return .yes("\(name) is write-only")
    case .unreadable(let trouble): return .no("\(name) cannot be read: \(trouble)", .neighbour)
    case .pair, .kidOnly, .absent, .broken: break
    }
    return .no("\(name) holds \(holding.words), not kid \(key.kid): changed by someone else", .conflict(.target))
  }
}

extension Rotation {
  func verdict(that holding: Holding, isExpectedAt target: TargetSighting) -> Verdict {
    if expects(holding, at: target) { return .yes("\(target.name) holds \(holding.words)") }
    return switch holding {
    case .unreadable(let trouble): .no("\(target.name) cannot be read: \(trouble)", .neighbour)
    case .broken where targetWriteOpened: .yes("half a pair is written whole")
    default: .no("\(target.name) holds \(holding.words): changed by someone else", .conflict(.target))
    }
  }

  /// A pair of this rotation, or a foreign one that the operator accepted.
  func expects(_ holding: Holding, at target: TargetSighting) -> Bool {
    if holding.isPair(of: outgoing) { return true }
    if holding == .writeOnly { return true }
    if let incoming, holding.isPair(of: incoming) { return targetWriteOpened }
    if isHalfWritten(holding), targetWriteOpened, !target.capabilities.contains(.atomicPair) { return true }
    return holding.kid.map { acceptedForeign[target.name] == $0 } ?? false
  }

  /// One key of this rotation under the kid of the other: what a write leaves that could not be done at once.
  private func isHalfWritten(_ holding: Holding) -> Bool {
    guard case .pair(let kid, let publicKey) = holding, let incoming else { return false }
    let ours = [outgoing, incoming]
    return ours.contains { $0.kid == kid } && ours.contains { $0.publicKey == publicKey }
  }

  /// Unfinished, and one of its keys.
  func needsPrivateHalf(of kid: KeyID) -> Bool {
    switch phase {
    case .completed, .rolledBack, .abandoned: false
    default: outgoing.kid == kid || incoming?.kid == kid
    }
  }

  var incomingKid: String { incoming?.kid.rawValue ?? "-" }
}
