internal import Foundation

extension Engine {
  /// Everything that must be known before a rotation is opened.
  func look() async throws -> OpeningFacts {
    let metadata: Result<ServerMetadata, NeighbourTrouble>
    do { metadata = .success(try await world.tokens.metadata()) } catch let trouble as NeighbourTrouble {
      metadata = .failure(trouble)
    }
    let run = run(Rotation.draft(runbook: runbook, now: parts.clock.now()))
    let portal = await run.sightPortal(for: .openRotation)
    var targets = await run.sightTargets([.targets, .beacons])
    for (index, site) in world.sites.enumerated() { targets[index].preflight = await site.target.preflight() }
    var facts = OpeningFacts(
      now: parts.clock.now(), runbook: runbook, metadata: metadata, portal: portal, targets: targets,
      sealed: try parts.ledger.sealedKeys(), outgoingAttempt: nil,
      rotations: try parts.ledger.rotations(), sealingProblem: nil)
    if let probe = world.readiness {
      do { facts.readiness = .success(try await probe.status()) } catch let trouble as NeighbourTrouble {
        facts.readiness = .failure(trouble)
      }
    }
    if let outgoing = facts.outgoing.key {
      do {
        let signer = try await self.signer(of: outgoing, among: targets)
        facts.outgoingAttempt = await world.tokens.attempt(with: signer)
        if case .refused(let refusal) = facts.outgoingAttempt, refusal.reason == .scopeDenied {
          facts.refusedScopes = await world.tokens.refusals(of: runbook.maskinporten.scopes, with: signer)
        }
      } catch let failure as Failure { facts.sealingProblem = failure.summary }
    }
    return facts
  }

  /// A signer of the live pair: as read from a target, else from the store.
  private func signer(of key: KeyReference, among targets: [TargetSighting]) async throws -> any AssertionSigner {
    for (site, sighting) in zip(world.sites, targets) where sighting.holding?.isPair(of: key) == true {
      if case .pair(let pair) = await site.target.read() {
        return try parts.keys.signer(for: pair, algorithm: key.algorithm)
      }
    }
    guard let sealed = try parts.ledger.sealedKey(key.kid) else {
      throw Failure(
        .keyUnknown, "the private half of kid \(key.kid) is in no target that can be read and not in the store")
    }
    return try parts.keys.signer(for: sealed)
  }

  private func sealOutgoing(_ key: KeyReference) async throws -> SealedKey? {
    if let sealed = try parts.ledger.sealedKey(key.kid), sealed.reference.publicKey == key.publicKey { return nil }
    for site in world.sites {
      if case .pair(let pair) = await site.target.read(), pair.kid == key.kid {
        return try parts.keys.seal(pair, algorithm: key.algorithm, origin: .outgoing, at: parts.clock.now())
      }
    }
    throw Failure(.keyUnknown, "the private half of kid \(key.kid) could not be read from any target")
  }

  func verdicts(_ facts: OpeningFacts) -> [(name: String, verdict: Verdict)] {
    parts.table.opening.map { ($0.name, $0(facts)) }
  }

  private func plan(_ facts: OpeningFacts, _ verdicts: [(name: String, verdict: Verdict)]) throws -> Plan {
    let imported = try runbook.key.use.flatMap { try parts.ledger.sealedKey($0)?.origin } == .imported
    let failing = verdicts.filter { !$0.verdict.holds }
    let inUse = Set([facts.outgoing.key?.kid].compactMap(\.self) + facts.targets.compactMap(\.holding?.kid))
    let strays = try facts.portal.set.map { try parts.ledger.strays(in: $0, of: runbook, inUse: inUse) } ?? []
    return Plan(
      verdicts: verdicts.map {
        RecordedVerdict(guardName: $0.name, holds: $0.verdict.holds, reason: $0.verdict.reason, readAt: facts.now)
      },
      effects: Plan.effects(runbook, outgoing: facts.outgoing.key, sites: world.sites),
      warnings: Plan.warnings(runbook, sites: world.sites, now: facts.now)
        + facts.targets.flatMap { target in (target.preflight?.warnings ?? []).map { "\(target.name): \($0)" } }
        + strays.map(\.strayWarning) + [facts.silentReadiness].compactMap(\.self),
      prerequisites: Prerequisite.all(
        runbook: runbook, attempt: facts.outgoingAttempt, refusedScopes: facts.refusedScopes,
        outgoing: facts.outgoing.key, keys: facts.portal.set, isImported: imported),
      isFirstCutover: facts.isFirstCutover, outgoing: facts.outgoing.key,
      isUnreachable: !failing.isEmpty && failing.allSatisfy { $0.verdict.blocker == .neighbour })
  }

  /// All guards and every effect that `rotate` would have; changes nothing, opens nothing.
  package func plan() async throws -> Plan {
    let facts = try await look()
    var plan = try plan(facts, verdicts(facts))
    if let reason = try newNeeded(facts.portal.set) { plan.warnings.append(reason.warning) }
    return plan
  }

  private func newNeeded(_ portal: PortalKeySet?) throws -> NewNeeded? {
    NewNeeded.of(runbook, rotations: try parts.ledger.rotations(), portal: portal, now: parts.clock.now())
  }

  /// The last rotation is the answer where it made the live key and that is young, and where it went back.
  func answerWithLast(_ options: RotateOptions) async throws -> RunReport? {
    guard !options.new, let reason = try newNeeded(nil) else { return nil }
    switch reason {
    case .wentBack(let last):
      let failure = Failure(
        .refused, reason.words,
        remedy: ["keyturn show \(last.id) tells why", "open a new one with keyturn rotate \(source.path) --new"])
      try recordRefusal(failure, [], last)
      return RunReport(rotation: last, outcome: .refused, failure: failure)
    case .young(let last, _, _):
      parts.observe(.note("no rotation was opened: \(reason.words); --new opens one all the same"))
      return RunReport(standing: last)
    case .youngClient: return nil
    }
  }

  /// Opens a rotation, or reports why not. All reasons at once; nothing is changed by a refusal. `new`: however young the
  /// live key is.
  func open(new: Bool, confirm: (Plan) async throws -> Bool) async throws -> (RunReport, RotationRun?) {
    let facts = try await look()
    let verdicts = verdicts(facts)
    let plan = try plan(facts, verdicts)
    let young = new ? nil : try newNeeded(facts.portal.set)
    guard plan.ready, young == nil, let outgoing = facts.outgoing.key else {
      let failing = verdicts.filter { !$0.verdict.holds }
      let reasons = failing.map { "\($0.name): \($0.verdict.reason)" } + [young?.words].compactMap(\.self)
      let isUnreachable = plan.isUnreachable && young == nil
      let toDo: String? =
        isUnreachable
        ? "run it again when the neighbour answers"
        : plan.ready ? nil : "correct what is named, then run keyturn plan \(source.path)"
      let failure = Failure(
        isUnreachable ? .neighbourUnreachable : .refused,
        "the rotation was not opened: " + reasons.joined(separator: "; "),
        remedy: [toDo, young.map { _ in "open one all the same with keyturn rotate \(source.path) --new" }]
          .compactMap(\.self) + plan.hints)
      return try refused(failure, plan)
    }
    guard try await confirm(plan) else {
      return try refused(Failure(.refused, "not confirmed; nothing was opened"), plan)
    }
    let now = parts.clock.now()
    let sealed = try await sealOutgoing(outgoing)
    var random = SystemRandomNumberGenerator()
    var rotation = Rotation(
      id: RotationID(openedAt: now, random: &random), openedAt: now, openedBy: parts.operatorName,
      issuer: runbook.maskinporten.issuer, clientID: runbook.maskinporten.clientID, emergency: runbook.emergency,
      manualPortal: runbook.portal.isManual, outgoing: outgoing, runbookName: runbook.name,
      runbookDigest: source.digest, binding: binding, planDigest: planDigest(outgoing: outgoing),
      timing: runbook.timing, approvalsNeeded: runbook.approvals)
    rotation.revision = 0
    rotation.window = runbook.window
    rotation.swapBudget = StepRules(runbook).swapBudget
    rotation.verdicts = plan.verdicts
    if case .granted(let grant) = facts.outgoingAttempt { rotation.lastGrant[outgoing.kid] = grant }
    if case .refused(let refusal) = facts.outgoingAttempt { rotation.lastRefusal[outgoing.kid] = refusal }
    if case .success(let metadata) = facts.metadata { rotation.lastSeen.clockAhead = metadata.clockAhead }
    for target in facts.targets { rotation.lastSeen.targets[target.name] = .some(target.holding?.kid) }
    rotation.lastSeen.targetsAt = facts.now
    let run = run(rotation)
    if let set = facts.portal.set { run.see(set) }
    if let sealed { run.seal(sealed) }
    run.record(
      "opened", kid: outgoing.kid,
      [
        "runbook": .string(runbook.name), "runbook_digest": .string(source.digest),
        "plan_digest": .string(run.rotation.planDigest), "client_id": .string(rotation.clientID.rawValue),
        "thumbprint": .string(outgoing.thumbprint.rawValue),
        "portal": .array((facts.portal.set?.kids ?? []).map { .string($0.rawValue) }),
        "verdicts": plan.verdicts.leaf, "version": .string(parts.version),
        "clock_ahead_s": rotation.lastSeen.clockAhead.map { .number(($0 * 1000).rounded() / 1000) } ?? .null,
      ])
    if let sealed { run.recordSealed(sealed) }
    try run.save(runbook: source)
    parts.observe(.opened(rotation.id, outgoing: outgoing.kid))
    return (RunReport(rotation: run.rotation, outcome: .done), run)
  }

  private func refused(_ failure: Failure, _ plan: Plan) throws -> (RunReport, RotationRun?) {
    try recordRefusal(failure, plan.verdicts, nil)
    return (RunReport(rotation: nil, outcome: .refused, failure: failure, verdicts: plan.verdicts), nil)
  }

  /// A rotation that was asked for and not opened is an entry of its own.
  private func recordRefusal(_ failure: Failure, _ verdicts: [RecordedVerdict], _ last: Rotation?) throws {
    let entry = LogEntry(
      at: parts.clock.now(), operator: parts.operatorName, rotation: last?.id, phase: last?.phase, event: "refused",
      details: [
        "step": .string(Step.openRotation.rawValue), "failure": failure.leaf,
        "runbook": .string(runbook.name), "runbook_digest": .string(source.digest),
        "client_id": .string(runbook.maskinporten.clientID.rawValue),
        "verdicts": verdicts.filter { !$0.holds }.leaf,
      ])
    try parts.ledger.commit(LedgerCommit(entries: [entry]))
  }
}

extension Rotation {
  /// A place to note sightings before a rotation exists; never stored.
  fileprivate static func draft(runbook: Runbook, now: Date) -> Rotation {
    let nothing = KeyReference(
      kid: KeyID(""), algorithm: runbook.key.algorithm,
      publicKey: PublicKey(n: "", e: "", thumbprint: Thumbprint(rawValue: ""), bits: 0))
    return Rotation(
      id: RotationID(rawValue: ""), openedAt: now, openedBy: "", issuer: runbook.maskinporten.issuer,
      clientID: runbook.maskinporten.clientID, emergency: runbook.emergency, manualPortal: runbook.portal.isManual,
      outgoing: nothing, runbookName: runbook.name, runbookDigest: "", binding: [:], planDigest: "",
      timing: runbook.timing, approvalsNeeded: runbook.approvals)
  }
}
