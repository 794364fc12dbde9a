extension Rotation {
  /// Why no step will ever ask for this word as the rotation stands; nil: one does, or may, so that it can be given ahead.
  func objection(to fact: AttestedFact) -> String? {
    guard fact.phases.contains(phase) else {
      return "\(fact.rawValue) cannot be attested in phase \(phase.rawValue): it is asked for in"
        + " \(fact.phases.map(\.rawValue).joined(separator: ", "))"
    }
    switch fact {
    case .published where rollback != nil: return "a rollback is open, which takes kid \(incomingKid) out of the portal"
    case .withdrawn where phase == .generated && attestations[.published] == nil:
      return "nobody gave the word that the portal lists kid \(incomingKid), so that there is nothing to withdraw"
    case .withdrawn where phase != .generated && rollback == nil:
      return "kid \(incomingKid) is not to be withdrawn in phase \(phase.rawValue): no rollback is open"
    case .republished where emergency: return "kid \(outgoing.kid) is tainted and is never put back in the portal"
    case .published, .retired, .withdrawn, .republished, .deployed, .verified: return nil
    }
  }

  /// Why this approval would never be counted; nil: a step asks for it, now or later.
  func objection(to step: ApprovedStep) -> String? {
    guard approvalsNeeded[step] > 0 else {
      return "the runbook of rotation \(id) asks for no approval of the \(step.rawValue)"
    }
    let isDone = step == .swap && [.swapped, .deployed, .verified].contains(phase)
    return isDone ? "the swap of rotation \(id) is done (phase \(phase.rawValue)): no approval of it is counted" : nil
  }

  /// What the next step waits for, for whoever offered something else.
  var waitingWords: String {
    guard waiting.on != .nothing, let reason = waiting.reason else {
      return "nothing is waited for: keyturn rotate goes on from phase \(phase.rawValue)"
    }
    return "what is waited for: \(reason)"
  }
}

extension AttestedFact {
  /// The name of the wait for it.
  var guardName: String { "attested(\(rawValue))" }

  /// The phases in which the step that asks for it is next.
  package var phases: [Phase] {
    switch self {
    case .published: [.generated, .published, .proven, .swapped, .deployed, .verified]
    case .retired: [.verified]
    case .withdrawn: [.generated, .published, .proven, .restored]
    case .republished: [.published, .proven, .swapped, .deployed, .verified, .republishing]
    case .deployed: [.swapped, .restoring]
    case .verified: [.deployed]
    }
  }
}
