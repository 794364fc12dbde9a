import Foundation
import RotationCore
import RotationTestSupport

/// What the contract demands before each step and what each phase means, said once more over the truth. Where a neighbour
/// cannot be read (a manual portal, an outage), nothing is demanded of it.
struct Obligations {
  let setting: Setting
  let act: Act
  let outage: Disturbance.Outage?
  let truth: Truth
  let rotation: Rotation
  /// As it was right before the commit that is judged.
  var before: Truth?

  private var outgoing: KeyReference { rotation.outgoing }
  private var seesPortal: Bool { !setting.manual && outage != .portal }
  private var seesTargets: Bool { outage != .targets }

  /// An intent for `step` became durable: from now on it may act.
  func begun(_ step: Step) -> [String] {
    guard let incoming = rotation.incoming else { return ["\(step.rawValue) was begun without an incoming key"] }
    var demands: [(Bool, String)] = [(!truth.isCrossed(by: step, of: rotation) && isSettled(for: step), "settled")]
    let listed = !seesPortal || truth.lists(incoming)
    // What was asked to be set again takes the place of what stands there.
    let ours = !seesPortal || !truth.namesTaken(by: rotation) || (act == .rotate(.reassert) && step.isRepairable)
    let nonEmpty = !seesPortal || !truth.world.keys.isEmpty
    let sealedOut = rotation.emergency || truth.isSealed(outgoing)
    switch step {
    case .publishKey:
      demands += [
        (nonEmpty, "the portal lists something"), (!seesPortal || truth.hasPlace(for: incoming), "room"),
        (truth.isSealed(incoming), "the incoming private half is sealed"), (ours, "our kids mean our keys"),
        ((truth.ledger.history[incoming.kid] ?? []).count <= 1, "the kid means one key"),
        (rotation.phase != .generated || sealedOut, "a way back is sealed"),
      ]
    case .republishKey:
      demands += [
        (!rotation.emergency, "not tainted"), (nonEmpty, "the portal lists something"),
        (ours, "our kids mean our keys"),
        (!seesPortal || truth.hasPlace(for: outgoing), "room"),
        (rotation.phase != .republishing || truth.isSealed(outgoing), "the outgoing private half is sealed"),
        (
          !setting.manual || elapsed(rotation.retireActed ?? rotation.retiredAt, rotation.timing.propagation),
          "the removal by hand is forgotten"
        ),
      ]
    case .swapEnvironment:
      demands += [
        (listed, "the incoming key is listed"), (ours, "our kids mean our keys"), (sealedOut, "a way back is sealed"),
      ]
      if rotation.phase == .proven {
        demands += [
          (elapsed(rotation.lastPortalAct, rotation.timing.propagation), "propagation"),
          (endsLockout || isInsideWindow, "the window"), (endsLockout || isApproved(.swap), "approved"),
          (targetsAreOurs, "targets unchanged"),
          (rotation.lastGrant[incoming.kid] != nil, "the incoming key obtained a token"),
        ]
      }
    case .deployIncoming:
      demands += [
        (!seesTargets || truth.everyPlace(holds: incoming), "targets hold the incoming pair"),
        (!seesPortal || !truth.isTaken(incoming), "the incoming kid means our key"),
      ]
    case .retireKey:
      let wasSent = rotation.retireActed != nil && !(seesPortal && truth.lists(outgoing))
      demands += [
        (wasSent || elapsed(rotation.verifiedAt, rotation.timing.overlap), "the overlap"),
        (wasSent || isInsideWindow, "the window"), (wasSent || isApproved(.retire), "approved"),
        (listed, "the incoming key is listed"), (ours, "our kids mean our keys"), (sealedOut, "a way back is sealed"),
        (!seesTargets || truth.everyPlace(holds: incoming), "targets hold the incoming pair"),
        (runs(incoming), "what runs is on the incoming key"),
      ]
    case .withdrawKey:
      demands += [
        (nonEmpty, "the portal lists something"),
        (!seesTargets || truth.everyPlace(holds: outgoing), "targets hold the outgoing pair"),
        (ours, "our kids mean our keys"),
        (runs(outgoing), "what runs is on the outgoing key"),
      ]
    case .restoreEnvironment:
      demands += [
        (!rotation.emergency || rotation.rollback?.acceptTainted == true, "the taint was accepted"),
        (truth.isSealed(outgoing), "the outgoing private half is sealed"),
        (outage == .maskinporten || isGranted(outgoing), "the outgoing key is not refused"),
      ]
    case .openRotation, .generateKey, .proveKey, .verifyDeployment, .destroyKey, .openRollback, .proveRestored,
      .abandon,
      .resumeForward:
      break
    }
    return demands.filter { !$0.0 }.map {
      "\(step.rawValue) began in \(rotation.phase.rawValue) and did not hold: \($0.1)"
    }
  }

  /// A step was recorded as done, from `phase` to `after`. `rotation` is as it was stored last.
  func done(_ step: Step, from phase: Phase, to after: Phase) -> [String] {
    var demands: [(Bool, String)] = []
    let listed = rotation.incoming.map { !seesPortal || truth.lists($0) } ?? true
    let ours = !seesPortal || !truth.namesTaken(by: rotation)
    switch step {
    case .generateKey:
      demands = [
        (!seesPortal || !truth.world.keys.isEmpty, "the portal lists something"),
        (!seesPortal || truth.hasRoom, "room"),
      ]
    case .proveKey: demands = [(ours, "our kids mean our keys"), (listed, "the incoming key is listed")]
    case .verifyDeployment:
      demands = [
        (rotation.incoming.map { truth.everyPlace(holds: $0) } ?? false, "targets hold the incoming pair"),
        (rotation.incoming.map { !seesPortal || !truth.isTaken($0) } ?? false, "the incoming kid means our key"),
      ]
    case .destroyKey:
      demands = [
        (
          rotation.rollback == nil && (rotation.emergency || elapsed(rotation.retiredAt, rotation.timing.quarantine)),
          "the quarantine"
        ),
        (!truth.isCrossed(by: step, of: rotation) && isSettled(for: step), "settled"),
      ]
    case .abandon:
      demands = [
        (
          rotation.publishedAt == nil && (rotation.incoming.map { !truth.lists($0) || setting.manual } ?? true),
          "nothing published"
        ),
        (
          rotation.incoming.map { !truth.isUsed($0) || outage == .beacons || !setting.hasBeacon } ?? true,
          "the incoming key is unused"
        ),
        (!truth.isCrossed(by: step, of: rotation) && isSettled(for: step), "settled"),
      ]
    case .openRollback:
      demands = [(phase == .restored || truth.isSealed(outgoing), "the outgoing private half is sealed")]
      switch phase {
      case .swapped, .deployed, .verified:
        demands.append((!rotation.emergency || act == .rollback(acceptTainted: true), "the taint was accepted"))
      case .retired:
        demands += [
          (!rotation.emergency, "not tainted"), (!elapsed(rotation.retiredAt, rotation.timing.quarantine), "in time"),
          (lastThatCounts?.id == rotation.id, "the last rotation"),
          (!seesPortal || truth.hasPlace(for: outgoing), "room"),
        ]
      default: break
      }
    case .proveRestored:
      demands = [
        (truth.everyPlace(holds: outgoing), "targets hold the outgoing pair"), (runs(outgoing), "what runs is on it"),
      ]
    case .resumeForward:
      demands = [
        (!isGranted(outgoing), "the outgoing key is refused"),
        // From a phase before the swap the way forward lists and proves it again.
        (
          phase == .published || phase == .proven || (rotation.incoming.map(isGranted) ?? false),
          "the incoming key is accepted"
        ),
        (
          phase != .republishing || (rotation.incoming.map { truth.everyPlace(holds: $0) } ?? false),
          "targets hold the incoming pair"
        ),
      ]
    case .openRotation, .publishKey, .swapEnvironment, .deployIncoming, .retireKey, .republishKey, .restoreEnvironment,
      .withdrawKey:
      break
    }
    return demands.filter { !$0.0 }.map { "\(step.rawValue) was done from \(phase.rawValue) and did not hold: \($0.1)" }
      + meaning(of: after, by: step, from: phase)
  }

  /// The fact that a phase says is true (contract, section 2). A rollback that is opened and a repair leave the phase where
  /// it was, its fact judged when it was made true; a repair is judged by what it says itself. So does the way forward out
  /// of a rollback before the swap.
  private func meaning(of phase: Phase, by step: Step, from former: Phase) -> [String] {
    let incoming = rotation.incoming
    let isTrue: Bool =
      switch (phase, step) {
      case (_, .openRollback): true
      case (_, .resumeForward) where phase == former: true
      case (_, .publishKey): incoming.map(stands) ?? false
      case (_, .republishKey): stands(outgoing)
      case (.planned, _), (.republishing, _): true
      case (.generated, _): incoming.map(truth.isSealed) ?? false
      case (.published, _): incoming.map(stands) ?? false
      case (.proven, _): incoming.map(isGranted) ?? false
      case (.swapped, _): incoming.map { truth.everyPlace(holds: $0) } ?? false
      case (.deployed, _): incoming.map(runs) ?? false
      case (.verified, _): incoming.map { truth.everyPlace(holds: $0) && runs($0) } ?? false
      // A revoked key may still be listed where a rollback is given up; the removal is what `retireKey` says.
      case (.retired, _):
        !isGranted(outgoing) && (incoming.map(isGranted) ?? false)
          && (step != .retireKey || !seesPortal || !truth.lists(outgoing))
      case (.completed, _): !truth.isSealed(outgoing)
      case (.restoring, _): truth.everyPlace(holds: outgoing)
      case (.restored, _): truth.everyPlace(holds: outgoing) && runs(outgoing)
      // A key whose private half was lost before cannot be asked about.
      case (.rolledBack, _):
        incoming.map {
          !truth.isSealed($0) && (!isGranted($0) || before?.isSealed($0) == false)
            && (!seesPortal || !truth.lists($0))
        } ?? true
      case (.abandoned, _):
        incoming.map { !truth.isSealed($0) && (setting.manual ? !isGranted($0) : !truth.lists($0)) } ?? true
      }
    return isTrue ? [] : ["phase \(phase.rawValue) by \(step.rawValue) is not what it says"]
  }

  /// The portal lists it; where it cannot be read, it obtains tokens.
  private func stands(_ key: KeyReference) -> Bool { seesPortal ? truth.lists(key) : isGranted(key) }

  /// No other write of ours may still land. A start changes no setting, and waits for none.
  private func isSettled(for step: Step) -> Bool {
    step == .deployIncoming
      || rotation.unanswered.values.allSatisfy {
        $0.change == step.change(in: rotation) || truth.now >= $0.at + rotation.timing.settle
      }
  }

  /// Whoever is on the outgoing key is refused, and the incoming one works.
  private var endsLockout: Bool { !isGranted(outgoing) && (rotation.incoming.map(isGranted) ?? false) }

  private func isGranted(_ key: KeyReference) -> Bool { truth.isGranted(key) }

  private func runs(_ key: KeyReference) -> Bool {
    outage == .beacons || !setting.hasBeacon || truth.everyPlace(runs: key)
  }

  private func elapsed(_ since: Date?, _ duration: Duration) -> Bool {
    since.map { truth.now >= $0 + duration } ?? true
  }

  private func isApproved(_ step: ApprovedStep) -> Bool {
    setting.approvals == 0
      || rotation.standingApprovals.contains { $0.step == step && $0.by != rotation.openedBy }
  }

  private var lastThatCounts: Rotation? {
    truth.ledger.all.first { $0.phase != .rolledBack && $0.phase != .abandoned }
  }

  private var isInsideWindow: Bool {
    guard setting.hasWindow, !rotation.emergency else { return true }
    let hour = truth.now.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) / 3_600
    return hour >= 8 && hour < 16
  }

  private var targetsAreOurs: Bool {
    !seesTargets
      || truth.world.places.allSatisfy { name, place in
        if rotation.acceptedForeign[name] == place.kid || rotation.targetWriteOpened { return true }
        return place.kid == outgoing.kid && place.name == outgoing.publicKey.n
      }
  }
}

extension Step {
  /// It lists a key of ours, in the place of what stands under its kid where that is asked for.
  fileprivate var isRepairable: Bool { self == .publishKey || self == .republishKey }
}
