internal import Foundation

extension Guard where Input == Facts {
  /// The incoming key has stood in the portal for the propagation time.
  static var propagationElapsed: Self {
    Guard("propagationElapsed") { facts in
      guard let act = facts.rotation.lastPortalAct else { return .yes("nothing was changed in the portal") }
      let end = act + facts.rotation.timing.propagation
      return facts.now >= end
        ? .yes("the portal was last changed at \(act.iso8601)")
        : .no("the portal was changed at \(act.iso8601); every node knows it by \(end.iso8601)", .time(end))
    }
  }

  /// A key that was removed by hand goes on serving until every node has forgotten it: only a token from then on tells
  /// that a manual portal lists it again.
  static var removalForgotten: Self {
    Guard("removalForgotten", needs: .portal) { facts in
      let kid = facts.rotation.outgoing.kid
      guard facts.portal == .manual, let removed = facts.rotation.retireActed ?? facts.rotation.retiredAt else {
        return .yes("no removal by hand has to be forgotten first")
      }
      let end = removed + facts.rotation.timing.propagation
      return facts.now >= end
        ? .yes("kid \(kid) was removed by hand at \(removed.iso8601), and every node has forgotten it")
        : .no(
          "kid \(kid) was removed by hand at \(removed.iso8601): add it to the portal again; that it is listed is told by"
            + " a token from \(end.iso8601) on", .time(end))
    }
  }

  /// No window, or inside it. Never holds back the proof of a removal that was already sent, nor the end of a lockout.
  static var insideMaintenanceWindow: Self {
    Guard("insideMaintenanceWindow") { facts in
      guard let window = facts.rules.window else { return .yes("no maintenance window is set") }
      if facts.rotation.emergency { return .yes("emergency: no window holds it back") }
      if facts.step == .retireKey, facts.isRemovalSent { return .yes(facts.removalWords) }
      if facts.endsLockout { return .yes("\(facts.lockoutWords): no window holds back its end") }
      guard let current = window.current(at: facts.now) else {
        return .no("the maintenance window never opens", .person)
      }
      guard current.start <= facts.now else {
        return .no("the maintenance window opens at \(current.start.iso8601)", .time(current.start))
      }
      return .yes(facts.shortWindow ?? "the maintenance window is open until \(current.end.iso8601)")
    }
  }

  /// The least overlap, counted from `verified`, is over.
  static var overlapElapsed: Self {
    Guard("overlapElapsed") { facts in
      if facts.isRemovalSent { return .yes(facts.removalWords) }
      guard let end = facts.rotation.overlapCloses else {
        return .no("nothing was verified yet, so the overlap window stays open")
      }
      return facts.now >= end
        ? .yes("the overlap window could close from \(end.iso8601)")
        : .no("the overlap window stays open until \(end.iso8601)", .time(end))
    }
  }

  static var quarantineEnded: Self {
    Guard("quarantineEnded") { facts in
      guard facts.rotation.rollback == nil else { return .no("a rollback is open; it stopped the quarantine") }
      guard let end = facts.rotation.quarantineEnds else { return .no("the outgoing key is not retired") }
      return facts.now >= end
        ? .yes("the quarantine ended at \(end.iso8601)")
        : .no("the outgoing private key is kept for a rollback until \(end.iso8601)", .time(end))
    }
  }

  static var rollbackInTime: Self {
    Guard("rollbackInTime") { facts in
      guard let end = facts.rotation.quarantineEnds else { return .yes("the outgoing key is not retired") }
      return facts.now < end
        ? .yes("the quarantine lasts until \(end.iso8601)")
        : .no("the quarantine ended at \(end.iso8601); rotate to a new key instead")
    }
  }

  /// No write without an answer could still land and undo, or be undone by, what this step writes.
  static var settled: Self {
    Guard("settled") { facts in
      for (neighbour, write) in facts.rotation.unanswered.sorted(by: { $0.key < $1.key })
      where write.change != facts.step.change(in: facts.rotation) {
        let end = write.at + facts.rotation.timing.settle
        if facts.now < end {
          return .no(
            "a write to \(neighbour) (\(write.change)) got no answer at \(write.at.iso8601) and may land until"
              + " \(end.iso8601)", .time(end))
        }
      }
      return .yes("no unanswered write is out")
    }
  }
}

extension Step {
  /// What the step writes, in the words that intents and unanswered writes carry; empty for a step that writes nothing.
  package func change(in rotation: Rotation) -> String {
    let incoming = rotation.incoming?.kid.rawValue ?? "-"
    let outgoing = rotation.outgoing.kid.rawValue
    return switch self {
    case .publishKey: "add \(incoming)"
    case .retireKey: "remove \(outgoing)"
    case .republishKey: "add \(outgoing)"
    case .withdrawKey: "remove \(incoming)"
    case .swapEnvironment: "set \(incoming)"
    case .restoreEnvironment: "set \(outgoing)"
    case .deployIncoming: "start with \(incoming)"
    case .openRotation, .generateKey, .proveKey, .verifyDeployment, .destroyKey, .openRollback, .proveRestored,
      .abandon, .resumeForward:
      ""
    }
  }
}
