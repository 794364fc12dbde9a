internal import Foundation

/// N attempts in a row. Pure: fed with attempts, it says what they prove so far (contract, section 2, Proof).
struct Proof {
  enum Claim: Hashable { case accepted, gone }
  enum State: Hashable {
    case proven, open, denied(TokenRefusal)
    /// An answer that asking again does not change.
    case ended(NeighbourTrouble)
  }

  let claim: Claim
  let needed: Int
  private(set) var inARow = 0
  private(set) var state = State.open

  init(_ claim: Claim, needed: Int) {
    self.claim = claim
    self.needed = needed
  }

  /// Troubles that may pass count for neither side; any other ends it. A refusal of an accepted key restarts the count,
  /// and ends it unless `mayPass` says that a node is only late; a token of a key that should be gone restarts the count.
  mutating func take(_ attempt: TokenAttempt, mayPass: (TokenRefusal) -> Bool) {
    guard state != .proven else { return }
    switch (claim, attempt) {
    case (_, .trouble(let trouble)): if !trouble.kind.mayPass { state = .ended(trouble) }
    case (.accepted, .granted): inARow += 1
    case (.accepted, .refused(let refusal)):
      inARow = 0
      if !mayPass(refusal) { state = .denied(refusal) }
    case (.gone, .granted): inARow = 0
    case (.gone, .refused(let refusal)) where refusal.provesKeyGone: inARow += 1
    case (.gone, .refused(let refusal)):
      inARow = 0
      if !mayPass(refusal) { state = .denied(refusal) }
    }
    if inARow >= needed { state = .proven }
  }
}

extension RotationRun {
  struct Subject {
    var signer: any AssertionSigner
    var proof: Proof
  }

  /// Attempts with each signer, `interval` apart, until all are proven, one is denied or ended, or the budget is spent.
  /// `once`: a single round for a fact that may not be there yet.
  func prove(_ subjects: [Subject], budget: Duration? = nil, interval: Duration? = nil, once: Bool = false) async throws
    -> [Subject]
  {
    var subjects = subjects
    let end = clock.now() + (budget ?? runbook.verification.budget)
    while true {
      var pause = interval ?? runbook.verification.interval
      for index in subjects.indices where subjects[index].proof.state == .open {
        let attempt = await attempt(with: subjects[index].signer)
        subjects[index].proof.take(attempt, mayPass: rotation.mayPass)
        if case .trouble(let trouble) = attempt, let after = trouble.retryAfter { pause = max(pause, after) }
        observe(
          .attempt(
            subjects[index].signer.reference.kid, attempt, inARow: subjects[index].proof.inARow,
            needed: subjects[index].proof.needed))
        switch subjects[index].proof.state {
        case .denied, .ended: return subjects
        case .proven, .open: break
        }
      }
      if subjects.allSatisfy({ $0.proof.state == .proven }) { return subjects }
      if once && subjects.allSatisfy({ $0.proof.inARow == 0 || $0.proof.state == .proven }) { return subjects }
      let next = clock.now() + pause
      guard next < end else { return subjects }
      try await pauseOrStop(until: next)
    }
  }

  /// One attempt, remembered as the key's last evidence. A token of a key that the portal did not list is held against the
  /// portal, which tells a key that was listed again from a node that is late to forget it. Where the portal is silent, and
  /// where a token follows a refusal which no act of ours explains, somebody listed the key: not every node knows it yet.
  func attempt(with signer: any AssertionSigner) async -> TokenAttempt {
    let attempt = await world.tokens.attempt(with: signer)
    switch attempt {
    case .granted(let grant):
      let isUnlisted = rotation.isUnlisted(grant.kid)
      if isUnlisted, let set = try? await world.portal?.read() {
        see(set)
      } else if isUnlisted || rotation.wasListedAgain(grant.kid) {
        rotation.listedSince[grant.kid] = grant.at
        if world.portal == nil { rotation.lastPortalAct = grant.at }
      }
      rotation.lastGrant[grant.kid] = grant
    case .refused(let refusal): rotation.lastRefusal[refusal.kid] = refusal
    case .trouble: break
    }
    return attempt
  }

  /// The fresh token of `prove` right before a key is set or started, when every node knows that key: again after each wait.
  func proveKnown(
    _ key: KeyReference, servedBy other: KeyReference?, by prove: (KeyReference) async throws -> Void
  ) async throws {
    var listed: Date?
    repeat {
      try await waitUntilKnown(key, servedBy: other)
      listed = rotation.listedSince[key.kid]
      try await prove(key)
    } while rotation.listedSince[key.kid] != listed
  }

  /// The fresh token right before a target write: one, with the key to be written.
  func proveFresh(_ key: KeyReference) async throws {
    let subject = Subject(signer: try signer(of: key), proof: Proof(.accepted, needed: 1))
    try require(try await prove([subject]), doing: "before a target is set to kid \(key.kid)")
  }

  /// What to do where Maskinporten refused `key` last, as the end of a sentence; empty where it did not.
  func refusedMeanwhile(_ key: KeyReference) -> String {
    guard let refusal = rotation.standingRefusal(key.kid) else { return "" }
    return ": Maskinporten refuses kid \(key.kid) (\(refusal.words))"
      + (refusal.tellsAgainstKey ? ": list it in the portal again" : "")
  }

  /// Throws the `Stop` that says what is not proven.
  func require(_ subjects: [Subject], doing: String) throws {
    for subject in subjects {
      let kid = subject.signer.reference.kid
      switch subject.proof.state {
      case .proven: continue
      case .denied(let refusal):
        throw Stop.failed(
          Failure(
            refusal.failureCode, "\(doing): Maskinporten refuses kid \(kid): \(refusal.words)",
            remedy: ["correct the cause, then run rotate again"] + wayOut,
            cause: refusal.reason.words, traceID: refusal.traceID, mpCode: refusal.mpCode))
      case .ended(let trouble): throw failure(trouble, doing: "\(doing): asking for a token with kid \(kid)")
      case .open:
        let isWanted = subject.proof.claim == .accepted
        let goal = isWanted ? "obtained" : "was refused"
        throw Stop.midway(
          Failure(
            .unknownOutcome,
            "\(doing): kid \(kid) \(goal) \(subject.proof.inARow) of \(subject.proof.needed) in a row within"
              + " \(runbook.verification.budget.short)" + (isWanted ? refusedMeanwhile(subject.signer.reference) : ""),
            remedy: ["run rotate again: it goes on from phase \(rotation.phase.rawValue)"]))
      }
    }
  }
}
