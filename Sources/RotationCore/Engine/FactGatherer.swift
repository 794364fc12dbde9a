internal import Foundation

extension RotationRun {
  /// Reads the world, no more of it than `needs`; remembers what was seen.
  func gather(_ needs: FactNeeds, for step: Step) async throws -> Facts {
    var facts = Facts(now: clock.now(), step: step, rotation: rotation, rules: StepRules(runbook))
    facts.reasserted = reasserted
    if needs.contains(.portal) { facts.portal = await sightPortal(for: step) }
    facts.targets = await sightTargets(needs)
    // A key whose private half is gone cannot be asked about; the guards name that.
    if needs.contains(.outgoingToken), let signer = try? signer(of: rotation.outgoing) {
      facts.outgoingAttempt = await attempt(with: signer)
    }
    if needs.contains(.incomingToken), let incoming = rotation.incoming, let signer = try? signer(of: incoming) {
      facts.incomingAttempt = await attempt(with: signer)
    }
    for key in try ledger.sealedKeys() + seals { facts.sealed[key.kid] = key.reference.publicKey }
    facts.others = try ledger.rotations().filter { $0.id != rotation.id }
    if let incoming = rotation.incoming { facts.everUsed = try ledger.publicKeys(everUsedWith: incoming.kid) }
    facts.now = clock.now()
    facts.rotation = rotation
    return facts
  }

  /// A portal whose API is dead counts as a manual one once the operator has given his word (contract, section 2): to a
  /// step that edits it the word that this step asks for, to one that only looks any word about the portal.
  func sightPortal(for step: Step) async -> PortalSighting {
    guard let portal = world.portal else { return .manual }
    do {
      let set = try await portal.read()
      see(set)
      portalTrouble = nil
      return .listed(set)
    } catch {
      portalTrouble = describe(error)
      let words = step.portalWord.map { [$0] } ?? [.published, .republished, .retired, .withdrawn]
      if words.contains(where: { rotation.attestations[$0] != nil }) { return .manual }
      adminRefusal = error as? TokenRefusal
      return .trouble(describe(error))
    }
  }

  func sightTargets(_ needs: FactNeeds) async -> [TargetSighting] {
    var sightings: [TargetSighting] = []
    for site in world.sites {
      var sighting = TargetSighting(
        name: site.target.name, capabilities: site.target.capabilities, beacon: site.beacon == nil ? .none : .notLooked)
      if needs.contains(.targets) {
        let holding = await hold(site.target)
        sighting.holding = holding
        note(holding, at: site.target.name)
      }
      if needs.contains(.beacons), let beacon = site.beacon {
        sighting.beacon = await sight(beacon, at: site.target.name)
      }
      sightings.append(sighting)
    }
    return sightings
  }

  /// What a write-only target was given stays the last that was seen of it.
  func note(_ holding: Holding, at name: String) {
    rotation.lastSeen.targetsAt = clock.now()
    if holding != .writeOnly || rotation.lastSeen.targets[name] == nil {
      rotation.lastSeen.targets[name] = .some(holding.kid)
    }
  }

  func hold(_ target: any DeploymentTarget) async -> Holding { await keys.holding(of: target.read()) }

  /// What a beacon named stays the last that was seen of what runs there, until it names another.
  func sight(_ beacon: any SignerBeacon, at name: String) async -> BeaconSighting {
    do {
      let kid = try await beacon.signingKid()
      rotation.lastSeen.beacons[name] = .some(kid)
      return .kid(kid)
    } catch { return .trouble(describe(error)) }
  }

  func describe(_ error: any Error) -> String {
    switch error {
    case let trouble as NeighbourTrouble: trouble.detail
    case let refusal as TokenRefusal: "the admin client was refused with kid \(refusal.kid): \(refusal.words)"
    case let failure as Failure: failure.summary
    default: String(describing: type(of: error))
    }
  }
}

extension KeyStore {
  /// What a reading comes to, with the private half reduced to its public one and wiped.
  package func holding(of reading: consuming TargetReading) -> Holding {
    switch consume reading {
    case .pair(let pair):
      do { return .pair(pair.kid, try publicKey(of: pair.privateKey)) } catch {
        let problem = (error as? Failure)?.summary ?? "its private key cannot be read"
        return .broken("kid \(pair.kid): \(problem)")
      }
    case .kidOnly(let kid): return .kidOnly(kid)
    case .writeOnly: return .writeOnly
    case .absent: return .absent
    case .broken(let problem): return .broken(problem)
    case .unreadable(let trouble): return .unreadable(trouble.detail)
    }
  }
}
