internal import Foundation

/// Carries rotations of one runbook through the law. Every operation claims the ledger, looks before it acts, and answers
/// with a `RunReport`; it throws `Failure` only when the ledger or the key store cannot be used.
package struct Engine: Sendable {
  package let parts: EngineParts
  package let runbook: Runbook
  package let source: StoredRunbook
  package let world: Neighbourhood

  package init(parts: EngineParts, runbook: Runbook, source: StoredRunbook, world: Neighbourhood) {
    self.parts = parts
    self.runbook = runbook
    self.source = source
    self.world = world
  }

  package var binding: [String: String] { runbook.binding(digest: parts.digest) }

  /// The values of `rotation`'s binding that are others now, by name; empty: it is bound to what this runbook resolves to.
  func unbound(_ rotation: Rotation) -> [String] {
    let (now, former) = (binding, runbook.binding(former: true, digest: parts.digest))
    return Set(rotation.binding.keys).union(now.keys).filter { name in
      guard let bound = rotation.binding[name] else { return true }
      return bound != now[name] && bound != former[name]
    }.sorted()
  }

  func run(_ rotation: Rotation) -> RotationRun {
    RotationRun(parts: parts, runbook: runbook, world: world, rotation: rotation)
  }

  package struct RotateOptions: Sendable {
    package var wait = false
    package var goal = Goal.end
    package var new = false
    package var rebind: Runbook?
    package var acceptForeign = false
    package var reassert = false
    package var forward = false
    package var reason = ""
    package init() {}
  }

  /// Opens a rotation or resumes the open one and goes on (contract, `keyturn rotate`). `confirm` sees the plan of a new
  /// rotation and may say no.
  package func rotate(_ options: RotateOptions, confirm: (Plan) async throws -> Bool = { _ in true }) async throws
    -> RunReport
  {
    try parts.ledger.claim()
    let completed = try await Self.completeOverdue(parts, engine: self)
    if let open = try openRotation() {
      if options.new { parts.observe(.note("\(open.id) is open, and is gone on with: --new opens none beside it")) }
      goOn(after: completed, with: open.id.rawValue)
      return try await resume(open, options)
    }
    if let completed {
      guard options.new, completed.outcome != .done else { return completed }
      goOn(after: completed, with: "a new one")
    }
    if let answer = try await answerWithLast(options) { return answer }
    let (report, run) = try await open(new: options.new, confirm: confirm)
    guard let run else { return report }
    return try await drive(run, options.goal, patient: options.wait)
  }

  /// Neither an open rotation nor a new one waits for an earlier one, whose key may still be needed for as long as it takes.
  private func goOn(after completed: RunReport?, with next: String) {
    guard let completed, let earlier = completed.rotation, completed.outcome != .done else { return }
    let reason = completed.waiting.reason ?? completed.failure?.summary ?? completed.outcome.rawValue
    parts.observe(.note("\(earlier.id) cannot be completed yet (\(reason)); going on with \(next)"))
  }

  /// Where the portal refuses the admin client, asking again helps nobody: the hints name what is wrong.
  private func drive(_ run: RotationRun, _ goal: Goal, patient: Bool) async throws -> RunReport {
    let report = try await run.drive(goal, patient: patient)
    guard report.waiting.on == .neighbour, let refusal = run.adminRefusal, var failure = report.failure else {
      return report
    }
    failure.remedy = refusal.adminRemedy
    failure.traceID = refusal.traceID
    failure.mpCode = refusal.mpCode
    return RunReport(
      rotation: report.rotation, outcome: report.outcome, waiting: report.waiting, failure: failure,
      verdicts: report.verdicts)
  }

  /// The open rotation of this client, if there is one; else the one that was opened with these very bytes, so that
  /// another resolved client is refused instead of opening a second one.
  package func openRotation() throws -> Rotation? {
    let open = try parts.ledger.rotations().filter(\.isUnderWay)
    return open.first {
      $0.clientID == runbook.maskinporten.clientID && $0.issuer == runbook.maskinporten.issuer
    } ?? open.first { $0.runbookDigest == source.digest }
  }

  func resume(_ rotation: Rotation, _ options: RotateOptions) async throws -> RunReport {
    let run = run(rotation)
    if let refused = try bind(run, options) { return refused }
    run.rotation.rollbackAsked = nil
    if options.forward || options.acceptForeign || options.reassert { try await run.adoptForRollback() }
    if options.forward {
      guard rotation.isGoingBack, parts.table.row(rotation.phase, .resumeForward) != nil else {
        return try run.finish(
          .refused(
            "--forward leaves a rollback whose outgoing key is dead, before that key is restored; the phase is"
              + " \(rotation.phase.rawValue)" + (rotation.isGoingBack ? "" : ", and no rollback is open")))
      }
      run.record("forward", ["reason": .string(options.reason)])
      do { try await run.take(.resumeForward) } catch let stop as Stop { return try run.finish(stop) }
      if run.rotation.phase == .retired { return try await run.drive(.oneStep, patient: false) }
    }
    do {
      if options.acceptForeign { return try await acceptForeign(run, reason: options.reason) }
      if options.reassert { try await reassert(run, reason: options.reason) }
    } catch let stop as Stop { return try run.finish(stop) }
    return try await drive(run, options.goal, patient: options.wait)
  }

  /// Refuses another runbook or another world than the rotation was opened with, unless `--rebind` may take it.
  private func bind(_ run: RotationRun, _ options: RotateOptions) throws -> RunReport? {
    let rotation = run.rotation
    let changed = unbound(rotation)
    if rotation.runbookDigest == source.digest && changed.isEmpty { return nil }
    if let old = options.rebind, changed.isEmpty {
      let problems = runbook.rebindProblems(from: old)
      guard problems.isEmpty else {
        return try run.finish(
          .refused(
            "--rebind cannot take runbook \(source.digest) in the place of \(rotation.runbookDigest): "
              + problems.joined(separator: "; ")))
      }
      run.record(
        "rebound",
        ["from": .string(rotation.runbookDigest), "to": .string(source.digest), "reason": .string(options.reason)])
      run.movePlan(by: source.digest, because: "the runbook was bound anew")
      run.rotation.runbookDigest = source.digest
      run.rotation.timing = runbook.timing
      run.rotation.window = runbook.window
      run.rotation.swapBudget = StepRules(runbook).swapBudget
      try run.save(runbook: source)
      return nil
    }
    let values = changed.map { "\($0) (\(rotation.binding[$0] ?? "none"), now \(binding[$0] ?? "none"))" }
    let isSame = rotation.runbookDigest == source.digest
    let opened = "rotation \(rotation.id) (phase \(rotation.phase.rawValue)) was opened with"
    return try run.finish(
      changed.isEmpty
        ? .refused(
          "\(opened) runbook \(rotation.runbookDigest), this one is \(source.digest): its bytes differ",
          remedy: [
            "keyturn rotate, without a runbook, goes on with the one that it was opened with",
            "or take small changes with --rebind --reason TEXT",
          ])
        : .refused(
          opened + (isSame ? " other resolved values: " : " another runbook and other resolved values: ")
            + values.joined(separator: ", "),
          remedy: ["use the runbook, its folder and the variables as they were at opening"]))
  }

  /// One step of a rotation, then stops. What is overdue is completed first, and is all that is done where `rotation` is
  /// not under way.
  package func advance(_ rotation: Rotation) async throws -> RunReport {
    try parts.ledger.claim()
    let completed = try await Self.completeOverdue(parts, engine: self)
    let rotation = try parts.ledger.rotation(rotation.id) ?? rotation
    if let completed, !rotation.isUnderWay { return completed }
    goOn(after: completed, with: rotation.id.rawValue)
    let run = run(rotation)
    if let refused = try bind(run, RotateOptions()) { return refused }
    run.rotation.rollbackAsked = nil
    return try await drive(run, .oneStep, patient: false)
  }

  /// Opens the way back, or goes on with the one that is open, and drives it.
  package func rollback(_ rotation: Rotation, reason: String, acceptTainted: Bool) async throws -> RunReport {
    try parts.ledger.claim()
    let run = run(try parts.ledger.rotation(rotation.id) ?? rotation)
    if let refused = try bind(run, RotateOptions()) { return refused }
    if run.rotation.phase.isFinal {
      return try run.finish(
        .refused(
          "rotation \(rotation.id) is over (\(run.rotation.phase.rawValue)); there is no way back to open",
          remedy: ["open a new one with keyturn rotate \(source.path) --new"]))
    }
    if run.rotation.rollback == nil || (acceptTainted && run.rotation.rollback?.acceptTainted == false) {
      let way = WayBack.of(
        run.rotation, others: try parts.ledger.rotations(), sealed: Set(try parts.ledger.sealedKeys().map(\.kid)),
        now: parts.clock.now())
      if way.steps == [.abandon] {
        return try run.finish(
          .refused(
            "nothing was published yet (phase \(run.rotation.phase.rawValue))",
            remedy: ["keyturn abandon \(rotation.id) --reason TEXT drops the rotation"]))
      }
      let wasOpen = run.rotation.rollback != nil
      try await run.adoptForRollback()
      run.rotation.rollback = RollbackRecord(
        openedAt: parts.clock.now(), by: parts.operatorName, reason: reason, from: run.rotation.phase,
        acceptTainted: acceptTainted)
      if !wasOpen {
        do { try await run.take(.openRollback) } catch var stop as Stop {
          run.rotation.rollback = nil
          run.rotation.rollbackAsked = reason
          if let end = run.rotation.quarantineEnds, run.rotation.phase == .retired, stop.outcome == .waiting {
            let until = "; the quarantine runs on meanwhile, and at \(end.iso8601) the way back ends"
            stop.waiting.reason = stop.waiting.reason.map { $0 + until }
          }
          return try run.finish(stop)
        }
      }
    }
    run.rotation.rollbackAsked = nil
    return try await drive(run, .end, patient: false)
  }

  package func abandon(_ rotation: Rotation, reason: String) async throws -> RunReport {
    try parts.ledger.claim()
    let run = run(try parts.ledger.rotation(rotation.id) ?? rotation)
    if let refused = try bind(run, RotateOptions()) { return refused }
    guard run.rotation.phase == .planned || run.rotation.phase == .generated || run.rotation.phase.isFinal else {
      return try run.finish(
        .refused(
          "rotation \(rotation.id) cannot be abandoned: it is in \(run.rotation.phase.rawValue), and kid"
            + " \(run.rotation.incomingKid) was published; nothing was changed",
          remedy: ["go back with keyturn rollback \(rotation.id) --reason TEXT"]))
    }
    try await run.adoptForRollback()
    run.record("abandon_asked", ["reason": .string(reason)])
    do { try await run.take(.abandon) } catch let stop as Stop { return try run.finish(stop) }
    return RunReport(rotation: run.rotation, outcome: .done)
  }

  /// Destroys every outgoing key whose quarantine is over. The oldest goes first: a rotation names its incoming key, which
  /// is the next one's outgoing, until it is over. Needs no runbook: neighbours are looked at where `engine` is of the
  /// same binding, else the last look counts. The report is that of the first one that is held back, else of the last.
  package static func completeOverdue(_ parts: EngineParts, engine: Engine?) async throws -> RunReport? {
    var told: RunReport?
    for rotation in try parts.ledger.rotations().reversed() where rotation.isOverdue(at: parts.clock.now()) {
      let run =
        if let engine, engine.unbound(rotation).isEmpty { engine.run(rotation) } else {
          RotationRun(
            parts: parts, runbook: Runbook(remembering: rotation), world: .outOfReach, rotation: rotation)
        }
      let report = try await run.drive(.oneStep, patient: false)
      // What holds back one client's ending is no reason to leave another client waiting.
      let isOurs = engine.map { $0.runbook.maskinporten.clientID == rotation.clientID } ?? true
      if isOurs || report.outcome == .done, told?.outcome ?? .done == .done { told = report }
    }
    return told
  }
}
