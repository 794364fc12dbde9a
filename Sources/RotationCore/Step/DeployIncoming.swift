internal import Foundation

extension RotationRun {
  /// What runs on every target was started after the swap.
  func deployIncoming(_ facts: Facts) async throws {
    guard let incoming = rotation.incoming else { return }
    try await waitUntilKnown(incoming, servedBy: rotation.outgoing)
    let started = try await start(world.sites, with: incoming, step: .deployIncoming, facts: facts)
    var details = started.details(as: "targets")
    if let word = rotation.attestations[.deployed] { details["attested_by"] = .string(word.by) }
    move(to: .deployed, by: .deployIncoming, kid: incoming.kid, details)
  }

  /// How each site came to run with the key, by name, and which of them a run that ended may have started before.
  struct Starts {
    var how: [String: JSONValue] = [:]
    var repeated: [JSONValue] = []

    func details(as member: String) -> [String: JSONValue] {
      let details: [String: JSONValue] = [member: .object(how)]
      return repeated.isEmpty ? details : details.merging(["repeated": .array(repeated)]) { $1 }
    }
  }

  /// Starts each site anew and waits until its beacon, where it has one, names `key`.
  func start(_ sites: [Neighbourhood.Site], with key: KeyReference, step: Step, facts: Facts) async throws -> Starts {
    var facts = facts
    var started = Starts()
    for site in sites {
      let name = site.target.name
      let order = order(for: site.target, key, step)
      if let beacon = site.beacon, await sight(beacon, at: name) == .kid(key.kid) {
        started.how[name] = "found"
        if site.target.capabilities.contains(.deploys) {
          let open = rotation.unanswered["what runs on \(name)"]
          try await proveUsable(key, at: site.target, in: step)
          try await act(on: site.target, step: step, facts: &facts) { try await site.target.settle(order) }
          rotation.unanswered["what runs on \(name)"] = open
          try await waitFor(beacon, of: name, key: key, startedBy: .us(step))
        }
        continue
      }
      let word = rotation.attestations[.deployed]
      if site.target.capabilities.contains(.deploys) {
        try await proveUsable(key, at: site.target, in: step)
        try await act(on: site.target, step: step, facts: &facts) { try await site.target.deploy(order) }
        started.how[name] = "deployed"
        if isFound { started.repeated.append(.string(name)) }
      } else if site.target.capabilities.contains(.restartsByItself) {
        started.how[name] = "restarted by the write"
      } else if let word {
        started.how[name] = .string("attested by \(word.by)")
      } else if site.beacon == nil {
        throw Stop.waits(
          on: "start what runs on \(name) anew by hand, then run keyturn attest deployed \(rotation.id)",
          guardName: "attested(deployed)")
      }
      if let beacon = site.beacon {
        let isOurs = !site.target.capabilities.isDisjoint(with: [.deploys, .restartsByItself])
        try await waitFor(beacon, of: name, key: key, startedBy: isOurs ? .us(step) : word == nil ? .nobody : .somebody)
      }
    }
    return started
  }

  /// A start is a use: what was revoked since it was set is not started, nor what somebody else set since.
  private func proveUsable(_ key: KeyReference, at target: any DeploymentTarget, in step: Step) async throws {
    if step == .deployIncoming {
      try await proveKnown(key, servedBy: rotation.outgoing, by: proveFresh)
    } else {
      try await proveKnown(key, servedBy: rotation.incoming, by: proveNotRefused)
    }
    _ = try await deployedSigner(target, key: key)
  }

  func order(for target: any DeploymentTarget, _ key: KeyReference, _ step: Step) -> TargetOrder {
    TargetOrder(
      rotation: rotation.id, kid: key.kid, direction: step == .deployIncoming ? .forward : .back,
      bookmark: rotation.bookmarks?[target.name])
  }

  /// Remembers what runs now wherever that can be put back by its name: once, before this rotation's first write.
  func bookmarkTargets() async throws {
    guard rotation.bookmarks == nil else { return }
    var bookmarks: [String: String] = [:]
    for site in world.sites where site.target.capabilities.contains(.rollbackByPointer) {
      do { bookmarks[site.target.name] = try await site.target.bookmark() } catch {
        throw failure(error, doing: "asking what runs on \(site.target.name)")
      }
    }
    rotation.bookmarks = bookmarks
  }

  /// What each target says could bring `removed` back to life, after dropping what it kept for that. A target that does
  /// not answer holds nothing up: the key is refused by then.
  func cleanUp(after step: Step, live key: KeyReference, removed: KeyReference) async -> [String: JSONValue] {
    var warnings: [String: JSONValue] = [:]
    for site in world.sites {
      let name = site.target.name
      let lines: [String]
      do {
        var order = order(for: site.target, key, step)
        order.direction = step == .retireKey ? .forward : .back
        lines = try await site.target.cleanUp(order, removed: removed.kid)
      } catch { lines = ["it could not be asked what it still keeps of kid \(removed.kid): \(describe(error))"] }
      guard !lines.isEmpty else { continue }
      for line in lines { observe(.note("\(name): \(line)")) }
      warnings[name] = .array(lines.map { .string($0) })
    }
    return warnings.isEmpty ? [:] : ["left_behind": .object(warnings)]
  }

  /// `send` changes what runs on `target`.
  private func act(
    on target: any DeploymentTarget, step: Step, facts: inout Facts, send: () async throws -> Void
  ) async throws {
    facts.rotation = rotation
    var lost = ""
    do {
      let answered = try await write(
        step, to: "what runs on \(target.name)", changes: [.started(target: target.name)], in: facts
      ) {
        do { try await send() } catch {
          lost = describe(error)
          throw error
        }
      }
      rotation.unanswered["what runs on \(target.name)"] = nil
      if !answered {
        throw Stop.failed(
          Failure(
            .deployFailed,
            "\(step.rawValue): whether what runs on \(target.name) was started anew is not known: \(lost)",
            remedy: ["see what it does, then run rotate again: it looks first"] + wayOut))
      }
    } catch let trouble as NeighbourTrouble {
      if trouble.kind == .rateLimited { throw failure(trouble, doing: "\(step.rawValue) at \(target.name)") }
      throw Stop.failed(
        Failure(
          .deployFailed, "\(step.rawValue): \(target.name) is set, but its deploy failed: \(trouble.detail)",
          remedy: ["mend what it names, then run rotate again"] + wayOut))
    }
  }

  /// The way back, where it is not the one that is under way.
  var wayOut: [String] {
    rotation.rollback == nil ? ["or go back with keyturn rollback \(rotation.id) --reason TEXT"] : []
  }

  private enum Starter: Equatable { case us(Step), somebody, nobody }

  /// Until the beacon names `key`, for the whole budget where somebody has started what runs. What we started and does not
  /// come up is a failed deploy; else a person is waited for.
  private func waitFor(
    _ beacon: any SignerBeacon, of name: String, key: KeyReference, startedBy starter: Starter
  ) async throws {
    let once = starter == .nobody
    let end = clock.now() + runbook.verification.budget
    while true {
      let seen = await sight(beacon, at: name)
      if seen == .kid(key.kid) { return }
      let next = clock.now() + runbook.verification.interval
      guard !once, next < end else {
        if case .us(let step) = starter {
          throw Stop.failed(
            Failure(
              .deployFailed,
              "\(step.rawValue): \(name) is set and was started anew, but \(runbook.verification.budget.short) later"
                + " \(seen.words(besides: key.kid))",
              remedy: ["mend what keeps it, then run rotate again"] + wayOut))
        }
        let again = rotation.rollback == nil ? "rotate" : "rollback \(rotation.id)"
        throw Stop.waits(
          on:
            "\(name): \(seen.words(besides: key.kid)); \(once ? "start it anew" : "see why"), then run keyturn \(again)",
          guardName: "signersOnIncoming")
      }
      try await pauseOrStop(until: next)
    }
  }
}

extension BeaconSighting {
  /// Why it does not name `kid`.
  fileprivate func words(besides kid: KeyID) -> String {
    switch self {
    case .kid(let other): "what runs signs with kid \(other), not \(kid)"
    case .trouble(let trouble): "the beacon tells no kid (\(trouble)), and \(kid) is waited for"
    case .none, .notLooked: "the beacon was not looked at"
    }
  }
}
