internal import Foundation

extension RotationRun {
  /// The portal no longer lists the outgoing key; it is refused and the incoming one accepted, N times in a row.
  /// Not within the budget: the phase stays `verified`.
  func retireKey(_ facts: Facts) async throws {
    guard let incoming = rotation.incoming else { return }
    let outgoing = rotation.outgoing
    var details: [String: JSONValue] = [:]
    if let portal = world.portal, facts.portal != .manual {
      let isToBeSent = rotation.retireActed == nil || facts.portal.set?.lists(outgoing) == true
      if isToBeSent { try await proveFresh(incoming) }
      let edit = try await editPortal(portal, .retireKey, remove: outgoing, facts: facts, isOld: isToBeSent)
      rotation.retireActed = rotation.retireActed ?? clock.now()
      details = edit.details
      try await proveRemoval(of: outgoing, keeping: incoming)
    } else {
      if rotation.attestations[.retired] != nil { rotation.retireActed = rotation.retireActed ?? clock.now() }
      try await proveByHand(.retired, key: outgoing, alsoAccepted: incoming)
      details["by_hand"] = true
    }
    details.merge(await cleanUp(after: .retireKey, live: incoming, removed: outgoing)) { $1 }
    rotation.retiredAt = clock.now()
    move(to: .retired, by: .retireKey, kid: outgoing.kid, details)
  }

  /// N refusals of `gone` and N tokens of `kept`, or exit 4: never a guess.
  func proveRemoval(of gone: KeyReference, keeping kept: KeyReference?) async throws {
    let needed = runbook.verification.successes
    var subjects = [Subject(signer: try signer(of: gone), proof: Proof(.gone, needed: needed))]
    if let kept { subjects.append(Subject(signer: try signer(of: kept), proof: Proof(.accepted, needed: needed))) }
    subjects = try await prove(subjects)
    guard subjects.contains(where: { $0.proof.state != .proven }) else { return }
    let ended = subjects.compactMap { subject -> String? in
      if case .ended(let trouble) = subject.proof.state { trouble.detail } else { nil }
    }
    let counts = subjects.map { subject in
      let verb = subject.proof.claim == .gone ? "refused" : "accepted"
      return "kid \(subject.signer.reference.kid) \(verb) \(subject.proof.inARow) of \(needed) in a row"
    }
    throw Stop.midway(
      Failure(
        .unknownOutcome,
        "kid \(gone.kid) was removed from the portal, but "
          + (ended.isEmpty ? "within \(runbook.verification.budget.short) only " : "only ")
          + counts.joined(separator: ", ") + (ended.first.map { " (\($0))" } ?? "")
          + (kept.map(refusedMeanwhile) ?? ""),
        remedy: ["run rotate again: it goes on proving; phase stays \(rotation.phase.rawValue)"]))
  }
}
