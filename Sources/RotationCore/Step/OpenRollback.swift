extension RotationRun {
  /// A rollback is open, and goes where the facts say: put the outgoing key back first, or restore targets first, or, with
  /// no target touched, stay and withdraw.
  func openRollback(_ row: Transition) {
    guard let record = rotation.rollback else { return }
    let steps = WayBack.of(rotation, others: [], sealed: [rotation.outgoing.kid], now: clock.now()).steps
    let phase: Phase =
      switch steps.first {
      case .republishKey: .republishing
      case .restoreEnvironment: .restoring
      default: rotation.phase
      }
    rotation.restoredAt = nil
    for fact in [AttestedFact.deployed, .verified, .retired, .republished, .withdrawn] {
      rotation.attestations[fact] = nil
    }
    move(
      to: phase, by: .openRollback, kid: rotation.outgoing.kid,
      [
        "reason": .string(record.reason), "from": .string(record.from.rawValue),
        "steps": .array(steps.map { .string($0.rawValue) }),
      ])
  }

  /// `rotate --forward`: the outgoing key is dead and the incoming one works.
  func resumeForward(_ row: Transition) {
    guard let phase = row.to.first else { return }
    rotation.rollback = nil
    rotation.restoredAt = nil
    if phase == .proven { rotation.verifiedAt = nil }
    // The removal may have been sent and never proven before the rollback; the quarantine begins when it is.
    if phase == .retired { rotation.retiredAt = rotation.retiredAt ?? clock.now() }
    move(to: phase, by: .resumeForward, kid: rotation.incoming?.kid)
  }
}
