internal import Foundation

extension RotationRun {
  /// Every target holds the incoming pair, read back where it can be. Right before each write, one token with the key
  /// to be written; in a manual portal, at the swap itself, also one with the outgoing key. Where that is dead its callers
  /// are locked out until the swap is done, so that somebody is sent to the page and nothing waits for him.
  func swapEnvironment(_ row: Transition, _ facts: Facts) async throws {
    guard let incoming = rotation.incoming, let phase = row.to.first else { return }
    if world.portal == nil, row.kind == .forward, !rotation.emergency {
      if rotation.isLockedOut {
        let kid = rotation.outgoing.kid
        observe(.note("kid \(kid) is refused: look at the portal's page, which may have replaced the set"))
      } else {
        try await proveFresh(rotation.outgoing)
      }
    }
    rotation.attestations[.deployed] = nil
    rotation.attestations[.verified] = nil
    rotation.verifiedAt = nil
    var facts = facts
    let held = try await setTargets(.swapEnvironment, to: incoming, sites: world.sites, facts: &facts)
    rotation.acceptedForeign = [:]
    move(to: phase, by: .swapEnvironment, kid: incoming.kid, ["targets": held])
  }

  /// Writes `key`'s pair to each site that does not hold it yet, in order. What holds it already is left alone. `facts`
  /// see what is set then.
  func setTargets(_ step: Step, to key: KeyReference, sites: [Neighbourhood.Site], facts: inout Facts) async throws
    -> JSONValue
  {
    var held: [String: JSONValue] = [:]
    for site in sites {
      held[site.target.name] = .string(
        try await set(site.target, to: key, step: step, facts: &facts) ? "written" : "found")
    }
    return .object(held)
  }

  /// True when it wrote. A pair that cannot be written at once is rewritten whole after any doubt.
  private func set(_ target: any DeploymentTarget, to key: KeyReference, step: Step, facts: inout Facts) async throws
    -> Bool
  {
    let sealed = try sealedKey(key)
    var answered = false
    var lost: String?
    for sent in 0...Self.sendsAtMost {
      let holding = await hold(target)
      note(holding, at: target.name)
      if let index = facts.targets.firstIndex(where: { $0.name == target.name }) {
        facts.targets[index].holding = holding
      }
      if holding.isPair(of: key) {
        rotation.settle(target.name, at: clock.now())
        return sent > 0
      }
      if answered, holding == .writeOnly { return true }
      if case .unreadable(let trouble) = holding {
        throw Stop(
          outcome: .waiting, waiting: Waiting(on: .neighbour, reason: "\(target.name) cannot be read: \(trouble)"))
      }
      guard sent < Self.sendsAtMost else { break }
      if step == .swapEnvironment, rotation.phase == .proven { try require(holding, at: target, step) }
      if step == .swapEnvironment {
        try await proveKnown(key, servedBy: rotation.outgoing, by: proveFresh)
      } else {
        try await proveKnown(key, servedBy: rotation.incoming, by: proveNotRefused)
      }
      // A word about what runs is older than what is written now.
      rotation.attestations[.deployed] = nil
      facts.rotation = rotation
      var changes = [World.Change.setting(target: target.name, to: key)]
      if target.capabilities.contains(.restartsByItself) { changes.append(.started(target: target.name)) }
      do {
        answered = try await write(step, to: target.name, changes: changes, in: facts) {
          do { try await target.write(try keys.pair(from: sealed), replacing: holding.kid) } catch {
            lost = describe(error)
            throw error
          }
        }
        if answered { lost = nil }
        if answered, holding == .writeOnly || !target.capabilities.contains(.readBack) {
          rotation.lastSeen.targets[target.name] = .some(key.kid)
        }
      } catch {
        let found = await hold(target)
        note(found, at: target.name)
        if found != holding { try require(found, at: target, step) }
        throw failure(error, doing: "\(step.rawValue) at \(target.name)")
      }
      if target.capabilities.contains(.settlesAtOnce) { rotation.unanswered[target.name] = nil }
    }
    let (words, remedy) =
      lost.map {
        ("was sent kid \(key.kid) \(Self.sendsAtMost) times and does not hold it: \($0)", "mend what it names")
      }
      ?? ("was written and does not hold kid \(key.kid)", "see what else writes there")
    throw Stop.midway(
      Failure(
        .unknownOutcome, "\(step.rawValue): \(target.name) \(words)", remedy: [remedy + ", then run rotate again"]))
  }

  /// Throws the conflict of what somebody else set in `target` between a look and our write.
  private func require(_ holding: Holding, at target: any DeploymentTarget, _ step: Step) throws {
    let sighting = TargetSighting(name: target.name, capabilities: target.capabilities)
    let verdict = rotation.verdict(that: holding, isExpectedAt: sighting)
    guard case .conflict(let conflict)? = verdict.blocker else { return }
    throw Stop.conflict("\(step.rawValue): \(verdict.reason)", remedy: rotation.waysOn(from: [conflict]))
  }
}
