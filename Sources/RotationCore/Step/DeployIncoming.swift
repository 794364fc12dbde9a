internal import Foundation

extension RotationRun {
  /// What runs on every target was started after the swap.
  func deployIncoming(_ facts: Facts) async throws {
    guard let incoming = rotation.incoming else { return }
    let repeated = isFound
    let started = try await start(world.sites, with: incoming, step: .deployIncoming, facts: facts)
    var details: [String: JSONValue] = ["targets": started]
    if repeated { details["repeated"] = true }
    if let word = rotation.attestations[.deployed] { details["attested_by"] = .string(word.by) }
    move(to: .deployed, by: .deployIncoming, kid: incoming.kid, details)
  }

  /// Starts each site anew and waits until its beacon, where it has one, names `key`.
  func start(_ sites: [Neighbourhood.Site], with key: KeyReference, step: Step, facts: Facts) async throws -> JSONValue
  {
    var facts = facts
    var started: [String: JSONValue] = [:]
    for site in sites {
      let name = site.target.name
      if let beacon = site.beacon, await sight(beacon) == .kid(key.kid) {
        rotation.lastSeen.beacons[name] = .some(key.kid)
        started[name] = "found"
        continue
      }
      let word = rotation.attestations[.deployed]
      if site.target.capabilities.contains(.deploys) {
        try await deploy(site.target, step: step, facts: &facts)
        started[name] = "deployed"
      } else if let word {
        started[name] = .string("attested by \(word.by)")
      } else if site.beacon == nil {
        throw Stop.waits(
          on: "start what runs on \(name) anew by hand, then run keyturn attest deployed \(rotation.id)",
          guardName: "attested(deployed)")
      }
      if let beacon = site.beacon {
        let onlyLook = !site.target.capabilities.contains(.deploys) && word == nil
        try await waitFor(beacon, of: name, key: key, once: onlyLook)
      }
    }
    return .object(started)
  }

  private func deploy(_ target: any DeploymentTarget, step: Step, facts: inout Facts) async throws {
    facts.rotation = rotation
    do {
      let answered = try await write(
        step, to: "what runs on \(target.name)", changes: [.started(target: target.name)], in: facts
      ) { try await target.deploy() }
      rotation.unanswered["what runs on \(target.name)"] = nil
      if !answered {
        throw Stop.failed(
          Failure(
            .deployFailed, "\(step.rawValue): the reload of \(target.name) did not end in time",
            remedy: ["see what it does, then run rotate again: it is run once more"] + wayOut))
      }
    } catch let trouble as NeighbourTrouble {
      throw Stop.failed(
        Failure(
          .deployFailed, "\(step.rawValue): \(target.name) is set, but its reload failed: \(trouble.detail)",
          remedy: ["mend the reload, then run rotate again"] + wayOut))
    }
  }

  private var wayOut: [String] {
    rotation.rollback == nil ? ["or go back with keyturn rollback \(rotation.id)"] : []
  }

  private func waitFor(_ beacon: any SignerBeacon, of name: String, key: KeyReference, once: Bool) async throws {
    let end = clock.now() + runbook.verification.budget
    while true {
      let seen = await sight(beacon)
      if case .kid(let kid) = seen { rotation.lastSeen.beacons[name] = .some(kid) }
      if seen == .kid(key.kid) { return }
      let next = clock.now() + runbook.verification.interval
      guard !once, next < end else {
        let words = if case .kid(let kid) = seen { "it signs with kid \(kid)" } else { "its beacon does not answer" }
        throw Stop.waits(
          on:
            "start what runs on \(name) anew: \(words), not \(key.kid); then run keyturn attest deployed \(rotation.id)",
          guardName: "signersOnIncoming")
      }
      try await pauseOrStop(until: next)
    }
  }
}
