import Foundation
import RotationCore
import RotationTestSupport

/// What may happen next on a path that nobody disturbs: a command, a person doing what was asked, time.
enum Act: Hashable, Sendable, CustomStringConvertible {
  enum Rotate: String, Hashable, Sendable, CaseIterable {
    case plain, untilPlanned, new, forward, acceptForeign, reassert
  }
  enum Passing: Double, Hashable, Sendable { case minutes = 600, hours = 28_800, day = 90_000, month = 2_678_400 }

  case rotate(Rotate), advance, rollback(acceptTainted: Bool), rollbackOlder, abandon, completeOverdue, plan
  case attest(AttestedFact), approve(ApprovedStep)
  /// The operator at the page of a manual portal.
  case list(KeyID), unlist(KeyID)
  case restart(String)
  /// Somebody frees one place in a full portal.
  case makeRoom
  case pass(Passing)
  /// A write that was held back arrives.
  case landing
  /// Somebody does what `rotate` asked for by name.
  case mend(Mend)

  var description: String {
    switch self {
    case .rotate(.plain): "rotate"
    case .rotate(let kind): "rotate --\(kind.rawValue)"
    case .rollback(true): "rollback --accept-tainted"
    case .rollback(false): "rollback"
    case .rollbackOlder: "rollback of the older"
    case .attest(let fact): "attest \(fact.rawValue)"
    case .approve(let step): "approve \(step.rawValue)"
    case .list(let kid): "list \(kid) by hand, as asked"
    case .unlist(let kid): "remove \(kid) by hand, as asked"
    case .restart(let name): "restart \(name)"
    case .pass(let time): "\(time) pass"
    case .mend(let mend): "\(mend)"
    case .advance, .abandon, .completeOverdue, .plan, .makeRoom, .landing: "\(self.word)"
    }
  }

  private var word: String {
    switch self {
    case .advance: "advance"
    case .abandon: "abandon"
    case .completeOverdue: "complete what is overdue"
    case .plan: "plan"
    case .makeRoom: "free one place"
    case .landing: "the write lands"
    default: ""
    }
  }

  /// The engine runs.
  var isRun: Bool {
    switch self {
    case .rotate, .advance, .rollback, .rollbackOlder, .abandon, .completeOverdue: true
    case .plan, .attest, .approve, .list, .unlist, .restart, .makeRoom, .pass, .landing, .mend: false
    }
  }

  /// What makes sense at `moment`; that the rest is refused, the law's own tests show.
  static func all(at moment: Moment, in setting: Setting) -> [Act] {
    var acts: [Act] = [.rotate(.plain)]
    let world = moment.world
    if world.lateWrite != nil || world.lateSetting != nil { acts.append(.landing) }
    if world.keys.count >= PortalKeySet.capacity { acts.append(.makeRoom) }
    guard let rotation = moment.newest else { return acts + [.rotate(.untilPlanned), .plan] }
    acts += passings(at: moment, rotation, in: setting)
    let outgoing = rotation.outgoing
    if rotation.phase.isFinal || rotation.phase == .retired {
      if moment.rotations.count < setting.rotations { acts.append(.rotate(.new)) }
      acts.append(.plan)
    }
    if moment.rotations.contains(where: { $0.phase == .retired }) { acts.append(.completeOverdue) }
    if moment.rotations.dropFirst().contains(where: { $0.phase == .retired }) { acts.append(.rollbackOlder) }
    if rotation.phase.isFinal { return acts }

    acts.append(.advance)
    switch rotation.phase {
    case .planned, .generated, .published: acts.append(.abandon)
    case .republishing, .restoring: acts.append(.rotate(.forward))
    default: break
    }
    if rotation.isGoingBack, [.published, .proven].contains(rotation.phase) { acts.append(.rotate(.forward)) }
    if rotation.phase == .published { acts.append(.plan) }
    if rotation.rollback == nil {
      acts.append(.rollback(acceptTainted: false))
    }
    if rotation.emergency, rotation.rollback?.acceptTainted != true { acts.append(.rollback(acceptTainted: true)) }
    let expected = [Phase.swapped, .deployed, .verified].contains(rotation.phase) ? rotation.incoming : outgoing
    let isMoved = world.places.values.contains { $0.kid != expected?.kid || $0.name != expected?.publicKey.n }
    let isTaken = [outgoing, rotation.incoming].compactMap { $0 }.contains { key in
      world.keys.contains { $0.kid == key.kid && !$0.isSame(as: key) }
    }
    if rotation.phase != .retired, isMoved || isTaken {
      acts += [.rotate(.acceptForeign), .rotate(.reassert)]
    }
    acts += asked(at: moment, rotation, in: setting)
    return acts
  }

  private static func passings(at moment: Moment, _ rotation: Rotation, in setting: Setting) -> [Act] {
    let now = moment.now
    let world = moment.world
    var acts: [Act] = []
    let isShortPending =
      world.knownFrom.values.contains { now < $0 } || world.knownUntil.values.contains { now < $0.until }
      || rotation.unanswered.values.contains { now < $0.at + rotation.timing.settle }
      || rotation.lastPortalAct.map { now < $0 + rotation.timing.propagation } ?? false
      || (rotation.retireActed ?? rotation.retiredAt).map { now < $0 + rotation.timing.propagation } ?? false
      || rotation.attestations.values.contains { now < $0.at + rotation.timing.propagation }
      || world.lateWrite != nil || world.lateSetting != nil
    if isShortPending { acts.append(.pass(.minutes)) }
    if rotation.overlapCloses.map({ now < $0 }) ?? false { acts.append(.pass(.day)) }
    if moment.rotations.contains(where: { $0.phase == .retired && $0.quarantineEnds.map { now < $0 } ?? false }) {
      acts.append(.pass(.month))
    }
    if setting.hasWindow, rotation.phase.isOpen { acts.append(.pass(.hours)) }
    return acts
  }

  /// What a person may do because Keyturn asks for it.
  private static func asked(at moment: Moment, _ rotation: Rotation, in setting: Setting) -> [Act] {
    var acts: [Act] = []
    let outgoing = rotation.outgoing
    if setting.approvals > 0 {
      if rotation.phase == .proven, rotation.standingApprovals.isEmpty { acts.append(.approve(.swap)) }
      if rotation.phase == .verified, !rotation.standingApprovals.contains(where: { $0.step == .retire }) {
        acts.append(.approve(.retire))
      }
    }
    if !setting.reloads, [.swapped, .restoring].contains(rotation.phase) {
      let stale = moment.world.places.filter { $0.value.kid != $0.value.running }.keys.sorted()
      acts += stale.map { .restart($0) }
      // The operator's word is true.
      if stale.isEmpty, rotation.attestations[.deployed] == nil { acts.append(.attest(.deployed)) }
    }
    guard setting.manual, let incoming = rotation.incoming else { return acts }
    func listed(_ key: KeyReference) -> Bool { moment.world.keys.contains { $0.isSame(as: key) } }
    func act(_ fact: AttestedFact, _ act: Act, isDone: Bool) {
      guard rotation.attestations[fact] == nil else { return }
      acts.append(isDone ? .attest(fact) : act)
    }
    let goesBack = rotation.rollback != nil
    switch rotation.phase {
    case .generated: act(.published, .list(incoming.kid), isDone: listed(incoming))
    case .verified:
      if rotation.isRemovalAsked {
        act(.retired, .unlist(outgoing.kid), isDone: !listed(outgoing))
      }
    case .republishing: act(.republished, .list(outgoing.kid), isDone: listed(outgoing))
    case .published, .proven, .restored:
      if goesBack { act(.withdrawn, .unlist(incoming.kid), isDone: !listed(incoming)) }
    default: break
    }
    return acts
  }
}

extension Rotation {
  /// Those that were given for the plan as it stands.
  var standingApprovals: [Approval] { approvals.filter { $0.planDigest == planDigest } }
}
