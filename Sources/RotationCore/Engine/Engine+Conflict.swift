internal import Foundation

extension Engine {
  /// `--accept-foreign`: what targets hold now is the new truth, where the rules allow: a foreign pair must be readable and
  /// accepted, and is sealed so that it is not lost. Then it waits: the next `rotate` sets the incoming pair.
  func acceptForeign(_ run: RotationRun, reason: String) async throws -> RunReport {
    let rotation = run.rotation
    var accepted: [String: JSONValue] = [:]
    for site in world.sites {
      let holding = await run.hold(site.target)
      run.note(holding, at: site.target.name)
      guard !holding.isPair(of: rotation.outgoing), rotation.incoming.map({ !holding.isPair(of: $0) }) ?? true else {
        accepted[site.target.name] = holding.kid.map { .string($0.rawValue) } ?? .null
        continue
      }
      guard case .pair(let pair) = await site.target.read() else {
        throw Stop.refused(
          "--accept-foreign: \(site.target.name) holds \(holding.words), which cannot be taken as the truth")
      }
      let key = try parts.keys.seal(pair, algorithm: runbook.key.algorithm, origin: .adopted, at: parts.clock.now())
      if case .refused(let refusal) = await run.attempt(with: try parts.keys.signer(for: key)) {
        throw Stop.refused(
          "--accept-foreign: Maskinporten refuses kid \(key.kid) of \(site.target.name): \(refusal.words)",
          remedy: ["set ours again with keyturn rotate --reassert --reason TEXT"])
      }
      if try parts.ledger.sealedKey(key.kid) == nil {
        run.seal(key)
        run.recordSealed(key)
      }
      run.rotation.acceptedForeign[site.target.name] = key.kid
      accepted[site.target.name] = .string(key.kid.rawValue)
    }
    guard accepted.values.contains(where: { $0.string != rotation.expectedKey.kid.rawValue }) else {
      throw await nothingToDecide(
        run, "--accept-foreign: every target holds what it should; there is nothing to accept")
    }
    switch rotation.phase {
    case .swapped, .deployed, .verified:
      run.rotation.phase = .proven
      run.rotation.since = parts.clock.now()
      run.rotation.verifiedAt = nil
    default: run.rotation.targetWriteOpened = true
    }
    run.rotation.failure = nil
    run.movePlan(by: parts.digest(JSONValue.object(accepted).canonical), because: "a foreign pair is the truth now")
    run.record("foreign_accepted", ["targets": .object(accepted), "reason": .string(reason)])
    throw Stop.waits(
      on: "what the targets hold is taken as the truth; "
        + (rotation.rollback == nil
          ? "run keyturn rotate to set the incoming pair, or keyturn rollback --reason TEXT"
          : "run keyturn rotate --reassert --reason TEXT to set the outgoing pair back"))
  }

  /// `--reassert`: our key is put again where somebody put another one under its kid in the portal, and our pair where
  /// somebody changed a target.
  func reassert(_ run: RotationRun, reason: String) async throws {
    let key = run.rotation.expectedKey
    let sightings = await run.sightTargets(.targets)
    let isMoved = sightings.contains { $0.holding.map { !$0.isPair(of: key) } ?? true }
    let set = await run.sightPortal(for: .swapEnvironment).set
    let unlisted = run.rotation.keysToList.filter { set?.lists($0.key) == false }
    guard isMoved || !unlisted.isEmpty else {
      throw await nothingToDecide(
        run, "--reassert: every target holds kid \(key.kid) as it should; there is nothing to set again")
    }
    let kids = unlisted.map { JSONValue.string($0.key.kid.rawValue) }
    run.record("reasserted", ["reason": .string(reason), "portal": .array(kids)])
    run.rotation.failure = nil
    run.reasserted = Set(unlisted.map(\.key.kid))
    for (step, _) in unlisted { try await run.take(step) }
    run.reasserted = []
    guard isMoved else { return }
    guard run.rotation.rollback == nil else {
      // The way back sets whatever may not be on the outgoing pair.
      run.rotation.restoredAt = nil
      run.rotation.targetWriteOpened = true
      return
    }
    switch run.rotation.phase {
    case .swapped, .deployed, .verified: try await run.take(.swapEnvironment)
    case .planned, .generated, .published, .proven:
      var facts = try await run.gather([.targets, .portal], for: .restoreEnvironment)
      let settled = Guard<Facts>.settled
      let verdicts = [(name: settled.name, verdict: settled(facts))]
      if let stop = Stop(verdicts, step: .restoreEnvironment, rotation: run.rotation) { throw stop }
      try await run.noting(.restoreEnvironment, at: world.sites) {
        _ = try await run.setTargets(.restoreEnvironment, to: key, sites: world.sites, facts: &facts)
      }
    default: break
    }
  }

  /// Refused: no target is in question, and what stands in the portal under a kid of ours is not decided by this flag.
  private func nothingToDecide(_ run: RotationRun, _ otherwise: String) async -> Stop {
    let facts = Facts(now: parts.clock.now(), step: .swapEnvironment, rotation: run.rotation, rules: StepRules(runbook))
    guard let set = await run.sightPortal(for: .swapEnvironment).set,
      let key = [run.rotation.outgoing, run.rotation.incoming].compactMap({ $0 }).first(where: {
        !facts.verdict(that: $0, isOursIn: set).holds
      })
    else { return .refused(otherwise) }
    return .refused(
      facts.verdict(that: key, isOursIn: set).reason, remedy: run.rotation.waysOn(from: [.portal(key)]))
  }
}

extension RotationRun {
  /// Writes to `sites` that no row of the law stands for, so that no intent tells of them: they count as unanswered until
  /// `body` ends. After a crash nobody knows when they were sent, and they count from the next run's beginning.
  fileprivate func noting(_ step: Step, at sites: [Neighbourhood.Site], _ body: () async throws -> Void) async throws {
    let names = sites.filter { !$0.target.capabilities.contains(.settlesAtOnce) }.map(\.target.name)
    let former = rotation.unanswered
    for name in names {
      rotation.unanswered[name] = UnansweredWrite(
        step: step, change: step.change(in: rotation), at: UnansweredWrite.notKnown)
    }
    record("resetting", ["targets": .array(names.map { .string($0) })])
    try save()
    func end(_ event: String) {
      for name in names where rotation.unanswered[name]?.at == UnansweredWrite.notKnown {
        rotation.unanswered[name] = former[name]
      }
      record(event, ["targets": .array(names.map { .string($0) })])
    }
    do { try await body() } catch {
      end("not_reset")
      try? save()
      throw error
    }
    end("reset")
    try save()
  }
}
