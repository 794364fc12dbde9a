extension RotationRun {
  /// What looking alone says about an effect whose intent was found open.
  enum Observation { case done, notDone, unknown(String) }

  /// Looks, without acting, whether `step`'s effect is there. Every step that writes has an answer here.
  func observeEffect(of step: Step) async throws -> Observation {
    switch step {
    case .publishKey: await observePortal(step) { $0.lists(rotation.incoming ?? rotation.outgoing) }
    case .republishKey: await observePortal(step) { $0.lists(rotation.outgoing) }
    case .retireKey: await observePortal(step) { !$0.lists(rotation.outgoing) }
    case .withdrawKey: await observePortal(step) { set in rotation.incoming.map { !set.lists($0) } ?? true }
    case .swapEnvironment: await observeTargets(hold: rotation.incoming)
    case .restoreEnvironment: await observeTargets(hold: rotation.outgoing)
    case .deployIncoming: await observeBeacons(name: rotation.incoming)
    case .openRotation, .generateKey, .proveKey, .verifyDeployment, .destroyKey, .openRollback, .proveRestored,
      .abandon, .resumeForward:
      .notDone
    }
  }

  /// Makes the step's fact true: looks, acts only if needed, reads back. Throws `Stop` when it is not.
  func perform(_ step: Step, row: Transition, facts: Facts) async throws {
    switch step {
    case .generateKey: try generateKey()
    case .publishKey: try await publishKey(row, facts)
    case .proveKey: try await proveKey()
    case .swapEnvironment: try await swapEnvironment(row, facts)
    case .deployIncoming: try await deployIncoming(facts)
    case .verifyDeployment: try await verifyDeployment()
    case .retireKey: try await retireKey(facts)
    case .destroyKey: try destroyKey()
    case .openRollback: openRollback(row)
    case .republishKey: try await republishKey(row, facts)
    case .restoreEnvironment: try await restoreEnvironment(facts)
    case .proveRestored: try await proveRestored()
    case .withdrawKey: try await withdrawKey(facts)
    case .abandon: try abandon()
    case .resumeForward: resumeForward(row)
    case .openRotation: throw Stop.refused("a rotation is opened once")
    }
  }

  private func observePortal(_ step: Step, _ isDone: (PortalKeySet) -> Bool) async -> Observation {
    switch await sightPortal(for: step) {
    case .listed(let set): isDone(set) ? .done : .notDone
    case .manual, .notLooked: .notDone
    case .trouble(let trouble): .unknown("the portal cannot be read: \(trouble)")
    }
  }

  private func observeTargets(hold key: KeyReference?) async -> Observation {
    guard let key else { return .notDone }
    for sighting in await sightTargets(.targets) {
      guard let holding = sighting.holding else { return .notDone }
      if case .unreadable(let trouble) = holding {
        return .unknown("\(sighting.name) cannot be read: \(trouble)")
      }
      if !holding.isPair(of: key) { return .notDone }
    }
    return .done
  }

  private func observeBeacons(name key: KeyReference?) async -> Observation {
    guard let key else { return .notDone }
    let sightings = await sightTargets(.beacons)
    return sightings.allSatisfy { $0.beacon == .kid(key.kid) } && !sightings.isEmpty ? .done : .notDone
  }
}

extension Step {
  /// It sends something to a neighbour, so that an intent must be durable before it acts.
  package var writes: Bool {
    switch self {
    case .publishKey, .swapEnvironment, .deployIncoming, .retireKey, .republishKey, .restoreEnvironment, .withdrawKey:
      true
    case .openRotation, .generateKey, .proveKey, .verifyDeployment, .destroyKey, .openRollback, .proveRestored,
      .abandon,
      .resumeForward:
      false
    }
  }

  /// What an open rollback goes through: each follows what is observed, so that the next may be another when it begins.
  var isOfWayBack: Bool {
    switch self {
    case .restoreEnvironment, .proveRestored, .withdrawKey: true
    default: false
    }
  }

  var editsPortal: Bool { portalWord != nil }

  /// The operator's word that stands for the step's edit of the portal; nil for a step that edits none.
  var portalWord: AttestedFact? {
    switch self {
    case .publishKey: .published
    case .republishKey: .republished
    case .retireKey: .retired
    case .withdrawKey: .withdrawn
    default: nil
    }
  }
}
