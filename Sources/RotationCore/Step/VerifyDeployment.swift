internal import Foundation

extension RotationRun {
  /// The verification probe passed, N times in a row.
  func verifyDeployment() async throws {
    guard let incoming = rotation.incoming else { return }
    try await probe(key: incoming, doing: "verifying the deployment")
    rotation.verifiedAt = clock.now()
    var details: [String: JSONValue] = ["probes": .integer(Int64(runbook.verification.successes))]
    if world.readiness == nil, world.sites.allSatisfy({ $0.beacon == nil }) {
      details["warning"] = "neither readiness nor a beacon: the running app was not asked"
    }
    if let word = rotation.attestations[.verified] { details["attested_by"] = .string(word.by) }
    move(to: .verified, by: .verifyDeployment, kid: incoming.kid, details)
  }

  /// The pair as read back from each target obtains a token, readiness says `ready`, every beacon names `key`; N rounds
  /// in a row (contract, section 2). Nodes that are late and network troubles are retried within the budget; an app that is silent
  /// at its end has failed.
  func probe(key: KeyReference, doing: String) async throws {
    let end = clock.now() + runbook.verification.budget
    var inARow = 0
    func failed(_ reason: String) -> Stop {
      .failed(
        Failure(
          .verificationFailed, "\(doing): \(reason)",
          remedy: ["mend it, then run rotate again"] + wayOut))
    }
    while inARow < runbook.verification.successes {
      var silence: String?
      switch try await probeOnce(key: key, inARow: inARow) {
      case .passed: inARow += 1
      case .trouble: break
      case .silent(let reason): silence = reason
      case .restart: inARow = 0
      case .failed(let reason): throw failed(reason)
      }
      if inARow == runbook.verification.successes { return }
      let next = clock.now() + runbook.verification.interval
      guard next < end else {
        if let silence { throw failed("\(silence), \(runbook.verification.budget.short) after it was asked first") }
        throw Stop.midway(
          Failure(
            .unknownOutcome,
            "\(doing): \(inARow) of \(runbook.verification.successes) probes in a row within"
              + " \(runbook.verification.budget.short)" + refusedMeanwhile(key),
            remedy: ["run rotate again"] + wayOut))
      }
      try await pauseOrStop(until: next)
    }
  }

  /// `trouble`: Maskinporten does not answer, which says nothing of the app. `silent`: the app does not.
  private enum ProbeResult { case passed, trouble, silent(String), restart, failed(String) }

  private func probeOnce(key: KeyReference, inARow: Int) async throws -> ProbeResult {
    for site in world.sites {
      let attempt = await attempt(with: try await deployedSigner(site.target, key: key))
      observe(.attempt(key.kid, attempt, inARow: inARow + 1, needed: runbook.verification.successes))
      switch attempt {
      case .granted: break
      case .trouble(let trouble):
        guard trouble.kind.mayPass else { throw failure(trouble, doing: "asking for a token with kid \(key.kid)") }
        return .trouble
      case .refused(let refusal) where rotation.mayPass(refusal): return .restart
      case .refused(let refusal):
        return .failed("the pair of \(site.target.name), kid \(key.kid), is refused: \(refusal.words)")
      }
      if let beacon = site.beacon, rotation.attestations[.verified] == nil {
        switch await sight(beacon, at: site.target.name) {
        case .kid(key.kid): break
        case .kid(let kid):
          return .failed("\(site.target.name): what runs signs with kid \(kid), not \(key.kid): restart it")
        case .trouble(let trouble): return .silent("the beacon of \(site.target.name) tells no kid: \(trouble)")
        case .none, .notLooked: return .trouble
        }
      }
    }
    guard let readiness = world.readiness, rotation.attestations[.verified] == nil else { return .passed }
    do {
      switch try await readiness.status() {
      case .ready: return .passed
      case .mock: return .failed("readiness answers mock: the app is not in live mode, nothing is verified")
      case .notReady(let findings):
        return .failed("readiness: " + findings.map { "\($0.field) \($0.reason)" }.joined(separator: ", "))
      }
    } catch let trouble as NeighbourTrouble {
      let words = "readiness: \(trouble.detail)"
      return trouble.kind.mayPass ? .silent(words) : .failed(words)
    }
  }

  /// The signer of the pair as read back; of the sealed pair where the target is write-only. Throws a conflict where it
  /// holds another one.
  func deployedSigner(_ target: any DeploymentTarget, key: KeyReference) async throws -> any AssertionSigner {
    switch await target.read() {
    case .pair(let pair):
      guard pair.kid == key.kid, try keys.publicKey(of: pair.privateKey) == key.publicKey else {
        throw moved(target, to: pair.kid, from: key)
      }
      return try keys.signer(for: pair, algorithm: key.algorithm)
    case .kidOnly(let kid):
      guard kid == key.kid else { throw moved(target, to: kid, from: key) }
      return try signer(of: key)
    case .writeOnly: return try signer(of: key)
    case .unreadable(let trouble): throw failure(trouble, doing: "reading \(target.name)")
    case .absent: throw noPair(at: target)
    case .broken: throw noPair(at: target)
    }
  }

  private func moved(_ target: any DeploymentTarget, to kid: KeyID, from key: KeyReference) -> Stop {
    note(.kidOnly(kid), at: target.name)
    return .conflict(
      "\(target.name) holds kid \(kid) now, not \(key.kid): changed by someone else",
      remedy: rotation.waysOn(from: [.target]))
  }

  private func noPair(at target: any DeploymentTarget) -> Stop {
    note(.absent, at: target.name)
    return .conflict(
      "\(target.name) holds no whole pair any more: changed by someone else",
      remedy: rotation.waysOn(from: [.target]))
  }
}
