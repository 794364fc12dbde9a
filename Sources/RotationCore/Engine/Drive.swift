internal import Foundation

/// How far a run goes.
package enum Goal: Sendable, Hashable {
  /// To the end, or until it must wait.
  case end
  case phase(Phase)
  case oneStep
}

extension RotationRun {
  /// Step after step until the goal, an end, or a stop. `patient`: sits through waits for time.
  func drive(_ goal: Goal, patient: Bool) async throws -> RunReport {
    try adoptFoundIntent()
    while true {
      if parts.stop.isRequested { return try finish(.asked) }
      if goal.isReached(by: rotation) { return try await finishLookingAhead() }
      let step: Step
      do {
        guard let next = try nextStep() else { return try finishDone() }
        step = next
      } catch let stop as Stop { return try finish(stop) }
      do {
        try await take(step)
      } catch let stop as Stop {
        if patient, stop.outcome == .waiting, stop.waiting.on == .time, let until = stop.waiting.until,
          rotation.phase != .retired || until <= clock.now() + Self.longestQuarantineToSitThrough
        {
          note(stop)
          try save()
          observe(.waiting(stop.waiting))
          if await parts.stop.sleep(until: until, on: clock) { continue }
          return try finish(.asked)
        }
        let isForTime = stop.outcome == .waiting && stop.waiting.on != .person
        if rotation.phase == .retired, rotation.rollback == nil, goal == .end, isForTime {
          note(stop)
          return try finishDone()
        }
        if shouldRollBack(after: stop, step: step) {
          observe(.note("on_failure: rollback: \(stop.failure?.summary ?? step.rawValue)"))
          note(stop)
          try save()
          rotation.rollback = RollbackRecord(
            openedAt: clock.now(), by: parts.operatorName,
            reason: "on_failure: \(stop.failure?.summary ?? step.rawValue)",
            from: rotation.phase, acceptTainted: false)
          do { try await take(.openRollback) } catch let stop as Stop {
            rotation.rollback = nil
            return try finish(stop)
          }
          continue
        }
        return try finish(stop)
      } catch let failure as Failure where failure.code == .keyUnknown || failure.code == .keyUnusable {
        return try finish(.failed(failure))
      }
      if goal == .oneStep { return try await finishLookingAhead() }
    }
  }

  /// Stopped by wish, with more to do: the next step's verdicts are read, so that `status` can show them.
  private func finishLookingAhead() async throws -> RunReport {
    rotation.waiting = .nothing
    if let step = try? nextStep(), let row = parts.table.row(rotation.phase, step) {
      let facts = try await gather(row.needs, for: step)
      rotation.verdicts = row.guards.map { $0.recorded(facts) }
      recordIfSilent("looked_ahead", ["step": .string(step.rawValue)])
    }
    return try finishDone()
  }

  /// `--wait` sits through a quarantine of up to ten minutes.
  static let longestQuarantineToSitThrough = Duration.seconds(600)

  /// An intent left open by a run that ended: its writes may be out, so they count as unanswered from now on.
  func adoptFoundIntent() throws {
    guard !hasLookedForIntent else { return }
    hasLookedForIntent = true
    let unknown = rotation.unanswered.filter { $0.value.at == UnansweredWrite.notKnown }.keys.sorted()
    for name in unknown {
      rotation.unanswered[name]?.at = clock.now()
      record("unanswered", ["neighbour": .string(name), "detail": "the run that wrote to it was ended"])
    }
    // Else each run that ends in a refusal would count anew.
    if !unknown.isEmpty { try save() }
    guard let found = try ledger.openIntent(of: rotation.id) else { return }
    intent = found
    isFound = true
    for write in found.writes {
      let site = world.sites.first { $0.target.name == write.neighbour }
      if site?.target.capabilities.contains(.settlesAtOnce) == true { continue }
      rotation.unanswered[write.neighbour] = UnansweredWrite(
        step: found.step, change: write.change, at: clock.now(),
        repeated: rotation.unanswered[write.neighbour]?.repeated)
    }
    markOpened(found.step)
    // What it lists may be there since a moment ago.
    if found.step.editsPortal { rotation.lastPortalAct = clock.now() }
    switch found.step {
    case .publishKey: if let incoming = rotation.incoming { rotation.noteSent(incoming, at: clock.now()) }
    case .republishKey: rotation.noteSent(rotation.outgoing, at: clock.now())
    default: break
    }
    observe(.note("an earlier run ended inside \(found.step.rawValue); looking before anything is done again"))
  }

  /// From the moment that the intent is durable the phase alone cannot tell what is there.
  private func markOpened(_ step: Step) {
    if step == .swapEnvironment { rotation.targetWriteOpened = true }
  }

  /// Forward by the table; in a rollback by what is observed. Nil at an end.
  func nextStep() throws -> Step? {
    if rotation.phase.isFinal { return nil }
    if isFound, let intent { return intent.step }
    return rotation.rollback == nil ? parts.table.forward(from: rotation.phase)?.step : try stepBack()
  }

  /// What an open rollback does next, as things were last seen. It is opened again where they ask for another phase.
  private func stepBack() throws -> Step {
    let way = WayBack.of(
      rotation, others: try ledger.rotations(), sealed: Set(try ledger.sealedKeys().map(\.kid)), now: clock.now())
    guard let step = way.steps.first else { throw Stop.waits(on: "the rollback cannot go on: \(way.evidence)") }
    return parts.table.row(rotation.phase, step) == nil ? .openRollback : step
  }

  /// One row of the law: facts, every verdict, the intent, the effect.
  func take(_ step: Step) async throws {
    guard let row = parts.table.row(rotation.phase, step) else { throw noRow(for: step) }
    observe(.stepBegan(step, rotation.phase))
    acting = row
    let needs = needs(of: row)
    if isFound {
      switch try await observeFoundEffect(of: step) {
      // What destroys a key is guarded again, though its effect is there.
      case .done where step != .withdrawKey:
        let facts = try await gather(needs, for: step)
        return try await perform(step, row: row, facts: facts)
      case .done, .notDone: break
      case .unknown(let reason):
        throw Stop(outcome: .waiting, waiting: Waiting(on: .neighbour, reason: reason))
      }
    }
    let facts = try await gather(needs, for: step)
    if step.isOfWayBack, rotation.rollback != nil {
      let asked = try stepBack()
      guard asked == step else {
        withdrawFoundIntent(because: "what is seen asks for \(asked.rawValue) first")
        return try await take(asked)
      }
    }
    if row.kind == .forward, let repair = repairs(seenIn: facts).first {
      guard !repaired.contains(repair) else {
        throw Stop.conflict(
          "\(repair.rawValue) did not last: somebody takes a key of this rotation out of the portal again",
          remedy: ["see in the portal who does, then run keyturn rotate: it puts the key back once more"])
      }
      repaired.insert(repair)
      observe(.note("somebody took a key of this rotation out of the portal; putting it back first"))
      withdrawFoundIntent(because: "repair comes first")
      return try await take(repair)
    }
    let verdicts = row.guards.map { ($0.name, $0(facts)) }
    rotation.verdicts = row.guards.map { $0.recorded(facts) }
    if let stop = Stop(verdicts, step: step, rotation: rotation) {
      withdrawFoundIntent(because: stop.waiting.reason ?? stop.failure?.summary ?? "")
      throw stop
    }
    rotation.waiting = .nothing
    actingVerdicts = rotation.verdicts
    if step == .swapEnvironment {
      if rotation.phase == .proven, let short = facts.shortWindow { observe(.note(short)) }
      try await bookmarkTargets()
    }
    if step.writes, intent == nil { try open(step) }
    try await perform(step, row: row, facts: facts)
  }

  /// What `row` is looked at for: its guards, the repair that may come first, the way back that is chosen by what is seen,
  /// at a removal who signs, since the safety rules judge it by that, and at the swap whether the outgoing key is dead,
  /// where something could hold back the end of that lockout.
  func needs(of row: Transition) -> FactNeeds {
    var needs = row.needs
    if row.kind == .forward, rotation.phase != .planned, rotation.phase != .generated { needs.insert(.portal) }
    if row.step == .openRollback { needs.formUnion([.targets, .beacons, .outgoingToken]) }
    if row.step.isOfWayBack || row.step == .retireKey { needs.formUnion([.targets, .beacons]) }
    let mayBeHeldBack = world.portal == nil || runbook.window != nil || rotation.approvalsNeeded.swap > 0
    if row.kind == .forward, row.step == .swapEnvironment, mayBeHeldBack { needs.insert(.outgoingToken) }
    return needs
  }

  private func open(_ step: Step) throws {
    let change = step.change(in: rotation)
    let neighbours = step.editsPortal ? [Neighbourhood.portalName] : world.sites.map(\.target.name)
    let intent = Intent(
      id: parts.identifier(), rotation: rotation.id, step: step, openedAt: clock.now(), openedBy: parts.operatorName,
      writes: neighbours.map { PlannedWrite(neighbour: $0, change: change) })
    var details: [String: JSONValue] = [
      "step": .string(step.rawValue), "change": .string(change), "verdicts": actingVerdicts.leaf,
      "version": .string(parts.version),
    ]
    if isRepair { details["repair"] = true }
    record("intent", details)
    actingVerdicts = []
    markOpened(step)
    try save(opens: intent)
  }

  /// What looking says about an effect whose intent was found open. A removal that is not there was not sent as far as
  /// anybody can tell: it is guarded again, and until it has settled it counts as a write without an answer.
  func observeFoundEffect(of step: Step) async throws -> Observation {
    let seen = try await observeEffect(of: step)
    guard step == .retireKey else { return seen }
    switch seen {
    case .notDone where world.portal != nil && portalTrouble == nil: rotation.retireActed = nil
    case .notDone where rotation.attestations[.retired] == nil: break
    case .done, .unknown, .notDone: rotation.retireActed = rotation.retireActed ?? clock.now()
    }
    return seen
  }

  private func withdrawFoundIntent(because reason: String) {
    guard isFound, let intent else { return }
    record("intent_withdrawn", ["step": .string(intent.step.rawValue), "reason": .string(reason)])
    closeIntent()
  }

  /// One for each key that the phase says is listed, and is not.
  func repairs(seenIn facts: Facts) -> [Step] {
    guard let set = facts.portal.set else { return [] }
    return rotation.keysToList.filter { set[$0.key.kid] == nil }.map(\.step)
  }

  func noRow(for step: Step) -> Stop {
    let allowed = parts.table.rows(from: rotation.phase).filter { $0.kind != .repair }.map(\.step.rawValue)
    return .refused(
      "\(step.rawValue) does not follow \(rotation.phase.rawValue) (rotation \(rotation.id), incoming kid \(rotation.incomingKid));"
        + " nothing was changed",
      remedy: allowed.isEmpty
        ? ["start anew with keyturn rotate RUNBOOK --new"] : ["what can follow: \(allowed.joined(separator: ", "))"])
  }

  private func shouldRollBack(after stop: Stop, step: Step) -> Bool {
    guard stop.outcome == .failed, runbook.onFailure == .rollback, rotation.rollback == nil else { return false }
    return [.swapEnvironment, .deployIncoming, .verifyDeployment].contains(step) && rotation.targetWriteOpened
  }

  // MARK: Ending

  /// Leaves word of the stop in the rotation and the log, unless it says what is there already.
  private func note(_ stop: Stop) {
    let isNews = rotation.waiting != stop.waiting || rotation.failure != stop.failure
    rotation.waiting = stop.waiting
    if stop.outcome == .failed || stop.outcome == .midway { rotation.failure = stop.failure }
    if let intent,
      rotation.unanswered.isEmpty || !intent.writes.contains(where: { rotation.unanswered[$0.neighbour] != nil })
    {
      closeIntent()
    }
    guard isNews || stop.outcome != .waiting else { return }
    var details: [String: JSONValue] = ["on": .string(stop.waiting.on.rawValue)]
    if let reason = stop.waiting.reason { details["reason"] = .string(reason) }
    if let until = stop.waiting.until { details["until"] = .string(until.iso8601) }
    if let failure = stop.failure { details["failure"] = failure.leaf }
    details["verdicts"] = rotation.verdicts.filter { !$0.holds }.leaf
    record(stop.outcome.rawValue, details)
  }

  func finish(_ stop: Stop) throws -> RunReport {
    note(stop)
    try save(onlyLeaves: stop.outcome == .refused)
    return RunReport(
      rotation: rotation, outcome: stop.outcome, waiting: stop.waiting, failure: stop.failure,
      verdicts: rotation.verdicts)
  }

  private func finishDone() throws -> RunReport {
    if rotation.phase.isFinal { rotation.waiting = .nothing }
    try save()
    return RunReport(rotation: rotation, outcome: .done, waiting: rotation.waiting, verdicts: rotation.verdicts)
  }
}

extension Goal {
  func isReached(by rotation: Rotation) -> Bool {
    guard case .phase(let phase) = self else { return false }
    if rotation.phase == phase { return true }
    let order = Phase.allCases
    guard !rotation.phase.isBackward, let now = order.firstIndex(of: rotation.phase),
      let goal = order.firstIndex(of: phase)
    else { return false }
    return rotation.phase != .abandoned && now >= goal && !phase.isBackward && phase != .abandoned
  }
}

extension Stop {
  static func conflict(_ summary: String, remedy: [String]) -> Stop {
    Stop(
      outcome: .midway,
      waiting: Waiting(on: .person, reason: summary + "; either " + remedy.joined(separator: ", or ")),
      failure: Failure(.conflict, summary, remedy: remedy))
  }

  /// What verdicts that do not hold come to; nil when all hold. Conflicts before refusals before silent neighbours
  /// before people before time, so that the worst is told first and a wait is only sat through when nothing else bars.
  init?(_ verdicts: [(name: String, verdict: Verdict)], step: Step, rotation: Rotation) {
    let failing = verdicts.filter { !$0.verdict.holds }
    guard !failing.isEmpty else { return nil }
    func those(_ matches: (Verdict.Blocker) -> Bool) -> [(name: String, verdict: Verdict)] {
      failing.filter { $0.verdict.blocker.map(matches) ?? false }
    }
    func words(_ some: [(name: String, verdict: Verdict)]) -> String {
      var reasons: [String] = []
      for entry in some where !reasons.contains(entry.verdict.reason) { reasons.append(entry.verdict.reason) }
      return reasons.joined(separator: "; ")
    }
    let conflicts = failing.compactMap { entry in
      if case .conflict(let conflict)? = entry.verdict.blocker { (entry, conflict) } else { nil }
    }
    let refusals = those { $0 == .refusal }
    let silent = those { $0 == .neighbour }
    let people = those { $0 == .person }
    if !conflicts.isEmpty {
      self = .conflict(
        "\(step.rawValue): \(words(conflicts.map(\.0)))", remedy: rotation.waysOn(from: conflicts.map(\.1)))
    } else if !refusals.isEmpty {
      self = .refused("\(step.rawValue): \(words(refusals))")
    } else if let first = silent.first {
      self.init(
        outcome: .waiting, waiting: Waiting(on: .neighbour, guardName: first.name, reason: words(silent)),
        failure: Failure(.neighbourUnreachable, "\(step.rawValue): \(words(silent))", remedy: ["run rotate again"]))
    } else if let first = people.first {
      self.init(outcome: .waiting, waiting: Waiting(on: .person, guardName: first.name, reason: words(people)))
    } else {
      let times = failing.compactMap { entry -> (String, Date)? in
        if case .time(let date)? = entry.verdict.blocker { (entry.name, date) } else { nil }
      }
      let last = times.max { $0.1 < $1.1 }
      self.init(
        outcome: .waiting,
        waiting: Waiting(on: .time, guardName: last?.0, reason: words(failing), until: last?.1))
    }
  }
}
