internal import Foundation

/// One rotation being driven by this process: the draft of its new value, and what the next commit will record.
/// Lives in one task and is handed to nobody.
final class RotationRun {
  let parts: EngineParts
  let runbook: Runbook
  let world: Neighbourhood
  var rotation: Rotation
  /// Open in the ledger. `isFound`: left there by a run that ended before its outcome was recorded.
  var intent: Intent?
  var isFound = false
  var hasLookedForIntent = false
  /// The row of the law under which the present step acts.
  var acting: Transition?
  var isRepair: Bool { acting?.kind == .repair }
  private var entries: [LogEntry] = []
  private var untold: [EngineEvent] = []
  private var closes: String?
  /// Sealed and not yet durable; they are before anything can leave, since the next intent's commit carries them.
  private(set) var seals: [SealedKey] = []
  /// Under which the present step acts, until an intent or an outcome has them on record.
  var actingVerdicts: [RecordedVerdict] = []
  /// Why the portal's API could not be read when it was looked at last; nil where it was.
  var portalTrouble: String?
  /// Why the portal did not let the admin client read.
  var adminRefusal: TokenRefusal?
  /// Kids of ours whose entry in the portal is set again, as the operator asked.
  var reasserted: Set<KeyID> = []
  /// Repairs of this run; each is tried once.
  var repaired: Set<Step> = []

  init(parts: EngineParts, runbook: Runbook, world: Neighbourhood, rotation: Rotation) {
    self.parts = parts
    self.runbook = runbook
    self.world = world
    self.rotation = rotation
  }

  var ledger: any RotationLedger { parts.ledger }
  var keys: any KeyStore { parts.keys }
  var clock: any WallClock { parts.clock }

  /// Tells what happens. What was done is told once it is durable, and whatever comes after it waits for that.
  func observe(_ event: EngineEvent) {
    if entries.isEmpty { parts.observe(event) } else { untold.append(event) }
  }

  /// Everything that the next commit would record.
  struct Draft {
    var rotation: Rotation
    var entries: [LogEntry]
    var closes: String?
    var intent: Intent?
    var isFound: Bool
  }

  var draft: Draft {
    get { Draft(rotation: rotation, entries: entries, closes: closes, intent: intent, isFound: isFound) }
    set {
      (rotation, entries, closes, intent, isFound) = (
        newValue.rotation, newValue.entries, newValue.closes, newValue.intent, newValue.isFound
      )
    }
  }

  // MARK: Recording

  func record(_ event: String, kid: KeyID? = nil, _ details: [String: JSONValue] = [:]) {
    entries.append(
      LogEntry(
        at: clock.now(), operator: parts.operatorName, rotation: rotation.id, phase: rotation.phase, event: event,
        kid: kid, details: details))
  }

  /// So that what was only seen is durable too; a run that recorded something else carries it along.
  func recordIfSilent(_ event: String, _ details: [String: JSONValue]) {
    if entries.isEmpty { record(event, details) }
  }

  func seal(_ key: SealedKey) { seals.append(key) }

  /// The step's fact is true; durable with the next `save`.
  func move(to phase: Phase, by step: Step, kid: KeyID?, _ details: [String: JSONValue] = [:]) {
    var details = details
    let words = rotation.words(since: rotation.since)
    if !words.isEmpty { details["proofs"] = .array(words) }
    details["step"] = .string(step.rawValue)
    rotation.phase = phase
    rotation.since = clock.now()
    rotation.failure = nil
    if isFound { details["found_open"] = true }
    if isRepair { details["repair"] = true }
    if !actingVerdicts.isEmpty { details["verdicts"] = actingVerdicts.leaf }
    actingVerdicts = []
    closeIntent()
    record("outcome", kid: kid, details)
    if isRepair, let kid, kid != rotation.incoming?.kid {
      observe(.note("kid \(kid) is listed again; the phase is still \(phase.rawValue)"))
    } else {
      observe(.phase(phase, kid: kid))
    }
  }

  func closeIntent() {
    if let intent { closes = intent.id }
    intent = nil
    isFound = false
  }

  /// One durable transaction of everything recorded since the last one; nothing recorded, nothing written.
  /// `onlyLeaves`: a refusal is put on record and changes nothing else; what was seen stays known.
  func save(
    opens: Intent? = nil, destroys: [KeyID] = [], runbook: StoredRunbook? = nil, onlyLeaves: Bool = false
  ) throws {
    guard !entries.isEmpty else { return }
    if onlyLeaves, closes == nil, rotation.revision > 0, !entries.contains(where: { $0.value["event"] == "outcome" }) {
      let stored = try storedWithSightings()
      try ledger.commit(LedgerCommit(rotation: stored, entries: entries))
      rotation.revision = stored?.revision ?? rotation.revision
      return tellDurable()
    }
    rotation.revision += 1
    var commit = LedgerCommit(rotation: rotation, entries: entries)
    commit.closes = closes
    commit.opens = opens
    commit.seals = seals
    commit.destroys = destroys
    commit.runbook = runbook
    do { try ledger.commit(commit) } catch {
      rotation.revision -= 1
      throw error
    }
    closes = nil
    seals = []
    if let opens { intent = opens }
    tellDurable()
  }

  /// As the rotation is stored, with what this run saw of the world; nil where it saw nothing new.
  private func storedWithSightings() throws -> Rotation? {
    guard var stored = try ledger.rotation(rotation.id), stored.revision == rotation.revision else { return nil }
    guard stored.takeSightings(of: rotation) else { return nil }
    stored.revision += 1
    return stored
  }

  private func tellDurable() {
    entries = []
    for event in untold { parts.observe(event) }
    untold = []
  }

  /// As `drive` does on its first turn, for operations that begin with another step: an intent left open by an earlier run
  /// is closed, and its writes count as unanswered from now on.
  func adoptForRollback() async throws {
    try adoptFoundIntent()
    // Asked to remove the outgoing key by hand, somebody may have done so, and listed it again.
    if rotation.isRemovalAsked { rotation.listedSince[rotation.outgoing.kid] = clock.now() }
    guard let intent, isFound else { return }
    if intent.step == .retireKey { _ = try await observeFoundEffect(of: intent.step) }
    record("intent_withdrawn", ["step": .string(intent.step.rawValue), "reason": "another way was chosen"])
    closeIntent()
  }

  // MARK: Keys

  /// The signer of a key of this rotation, from the store.
  func signer(of key: KeyReference) throws -> any AssertionSigner { try keys.signer(for: sealedKey(key)) }

  func sealedKey(_ key: KeyReference) throws -> SealedKey {
    if let seal = seals.first(where: { $0.reference.publicKey == key.publicKey }) { return seal }
    guard let sealed = try ledger.sealedKey(key.kid), sealed.reference.publicKey == key.publicKey else {
      throw Failure(
        .keyUnknown, "the store does not hold the private half of kid \(key.kid)",
        remedy: ["hand it over with keyturn keys adopt --kid \(key.kid) --pem FILE"])
    }
    return sealed
  }

  // MARK: Waiting

  /// What was done so far is durable before anybody waits.
  func pauseOrStop(until time: Date) async throws {
    if time > clock.now() { try save() }
    if await !parts.stop.sleep(until: time, on: clock) { throw Stop.asked }
  }

  // MARK: Writing to a neighbour

  /// Sends one write under the safety rules: refused when a rule that holds now would not hold afterwards.
  /// Returns false when it got no answer, so that the caller looks before it sends the same again.
  func write(
    _ step: Step, to neighbour: String, changes: [World.Change], in facts: Facts, send: () async throws -> Void
  )
    async throws -> Bool
  {
    var breaches = breaches(of: changes, in: facts)
    if !breaches.isEmpty, facts.portal == .notLooked {
      // By what was last seen it may not be; somebody may have corrected that since.
      var facts = facts
      facts.portal = await sightPortal(for: step)
      facts.rotation = rotation
      breaches = self.breaches(of: changes, in: facts)
    }
    guard breaches.isEmpty else {
      record("refused", ["step": .string(step.rawValue), "rules": .array(breaches.map { .string($0) })])
      throw Stop.refused(
        "\(step.rawValue) would break a safety rule: " + breaches.joined(separator: "; "),
        remedy: ["keyturn status \(rotation.id) tells what is seen; correct it there, then run again"])
    }
    let actedBefore = rotation.retireActed
    if step == .retireKey { rotation.retireActed = actedBefore ?? clock.now() }
    let isRepeated = rotation.unanswered[neighbour] != nil
    if isRepeated { rotation.unanswered[neighbour]?.repeated = true }
    if isRepeated, isFound {
      // The run that died did not know of this one, nor would a run after this one.
      record("sent_again", ["step": .string(step.rawValue), "neighbour": .string(neighbour)])
      try save()
    }
    do {
      try await send()
      rotation.settle(neighbour, at: clock.now())
      return true
    } catch let trouble as NeighbourTrouble where !trouble.effectIsUnknown {
      rotation.retireActed = actedBefore
      throw trouble
    } catch let trouble as NeighbourTrouble {
      rotation.unanswered[neighbour] = UnansweredWrite(
        step: step, change: step.change(in: rotation), at: clock.now(), repeated: isRepeated ? true : nil)
      record("unanswered", ["neighbour": .string(neighbour), "detail": .string(trouble.detail)])
      observe(.note("\(neighbour) gave no answer (\(trouble.detail)); looking before anything is sent again"))
      return false
    }
  }

  private func breaches(of changes: [World.Change], in facts: Facts) -> [String] {
    let now = World(facts)
    return SafetyRule.breaches(from: now, to: changes.reduce(now) { $0.after($1) }, rules: parts.rules)
  }

  /// How often the same write may be sent, each after looking.
  static let sendsAtMost = 3

  func failure(_ error: any Error, doing: String) -> Stop {
    switch error {
    case let stop as Stop: return stop
    case let trouble as NeighbourTrouble:
      let failure = Failure(
        trouble.kind == .rejected ? .neighbourRejected : .neighbourUnreachable, "\(doing): \(trouble.detail)",
        remedy: ["correct the cause, then run rotate again"])
      switch trouble.kind {
      case .rejected: return .failed(failure)
      case .unreachable, .rateLimited, .serverError, .unanswered, .unusableAnswer:
        return Stop(
          outcome: .waiting, waiting: Waiting(on: .neighbour, reason: "\(doing): \(trouble.detail)"), failure: failure)
      }
    case let refusal as TokenRefusal:
      return .failed(
        Failure(
          refusal.failureCode, "\(doing): \(describe(refusal))", remedy: refusal.adminRemedy,
          traceID: refusal.traceID, mpCode: refusal.mpCode))
    case let failure as Failure: return .failed(failure)
    default: return .failed(Failure(.internalError, "\(doing): \(type(of: error))"))
    }
  }
}

extension TokenRefusal {
  /// For a refusal of the admin client, whose credentials are the runbook's.
  var adminRemedy: [String] {
    [
      "correct the admin client's id, kid \(kid), key and scopes: portal.admin_client_id, admin_kid, admin_key"
        + " and admin_scopes, in the shipped ones PORTAL_ADMIN_CLIENT_ID, PORTAL_ADMIN_KID and PORTAL_ADMIN_PRIVATE_KEY",
      "run it again then: before, the answer stays the same",
    ]
  }
}
