internal import Foundation

extension RotationRun {
  struct EditResult {
    var before: PortalKeySet
    var after: PortalKeySet
    var sent: Bool
    var replaced: [KeyID] = []

    var details: [String: JSONValue] {
      var details: [String: JSONValue] = [
        "portal_before": .array(before.kids.map { .string($0.rawValue) }),
        "portal_after": .array(after.kids.map { .string($0.rawValue) }), "sent": .bool(sent),
      ]
      if !replaced.isEmpty { details["replaced"] = .array(replaced.map { .string($0.rawValue) }) }
      return details
    }
  }

  /// Adds or removes one key of ours in the portal's set. The set is read right before each write, with no other call
  /// between, and after it; where it is not the one that the guards were judged by, they are judged again. So they are,
  /// over targets and beacons that are looked at once more, where `facts` are old: a proof was waited for since, or a
  /// write that got no answer. The same write is sent again only after such a one, and after looking.
  func editPortal(
    _ portal: any ClientPortal, _ step: Step, add: KeyReference? = nil, remove: KeyReference? = nil, facts: Facts,
    isOld: Bool = false
  ) async throws -> EditResult {
    var facts = facts
    var isOld = isOld
    var first: PortalKeySet?
    var replaced: [KeyID] = []
    for attempt in 0...Self.sendsAtMost {
      if isOld, let acting { facts.targets = await sightTargets(needs(of: acting)) }
      let set: PortalKeySet
      do { set = try await portal.read() } catch { throw failure(error, doing: "reading the portal") }
      see(set)
      let isNews = isOld || facts.portal.set != set
      facts.portal = .listed(set)
      let edit: KeySetEdit
      do {
        let replaces = add.map { reasserted.contains($0.kid) } ?? false
        edit = try KeySetEdit.plan(set, add: add, replaces: replaces, remove: remove, rules: parts.rules)
      } catch { throw Stop(error, step, rotation) }
      if edit.added.isEmpty && edit.removed.isEmpty {
        if attempt == 0 { rememberFound(add) }
        rotation.settle(Neighbourhood.portalName, at: clock.now())
        return EditResult(before: first ?? set, after: set, sent: first != nil, replaced: replaced)
      }
      guard attempt < Self.sendsAtMost else { break }
      if first == nil { first = set }
      replaced = edit.replaced
      facts.rotation = rotation
      if isNews { try judgeAgain(&facts) }
      let sentAt = clock.now()
      let answered: Bool
      do {
        answered = try await write(
          step, to: Neighbourhood.portalName, changes: [.portalSet(edit.after)], in: facts
        ) { try await portal.replace(with: edit.after) }
      } catch { throw failure(error, doing: step.rawValue) }
      if let add { rotation.noteSent(add, at: sentAt) }
      rotation.lastPortalAct = sentAt
      if answered { return try await readBack(portal, step, edit: edit, add: add, remove: remove) }
      isOld = true
    }
    throw Stop.midway(
      Failure(
        .unknownOutcome, "\(step.rawValue): the portal gave no answer \(Self.sendsAtMost) times and shows no change",
        remedy: ["run rotate again: it looks at the portal before it sends anything"]))
  }

  /// The guards of the acting row over a world that moved since they were judged; a pure look, no call.
  private func judgeAgain(_ facts: inout Facts) throws {
    guard let acting else { return }
    facts.now = clock.now()
    let judged = facts
    rotation.verdicts = acting.guards.map { $0.recorded(judged) }
    let verdicts = acting.guards.map { ($0.name, $0(judged)) }
    if let stop = Stop(verdicts, step: acting.step, rotation: rotation) { throw stop }
    actingVerdicts = rotation.verdicts
  }

  /// What is listed already was listed by an earlier run, perhaps just now, where that run's intent was found open.
  private func rememberFound(_ key: KeyReference?) {
    let now = clock.now()
    if let key, isFound || rotation.listedSince[key.kid] == nil { rotation.listedSince[key.kid] = now }
    if isFound || rotation.lastPortalAct == nil { rotation.lastPortalAct = now }
  }

  private func readBack(
    _ portal: any ClientPortal, _ step: Step, edit: KeySetEdit, add: KeyReference?, remove: KeyReference?
  ) async throws -> EditResult {
    let set: PortalKeySet
    do { set = try await portal.read() } catch { throw failure(error, doing: "reading the portal back") }
    see(set)
    guard add.map(set.lists) ?? true, remove.map({ !set.lists($0) }) ?? true else {
      throw Stop.midway(
        Failure(
          .conflict,
          "\(step.rawValue): the portal took the set but lists \(set.kids.joined) now: someone else wrote too",
          remedy: ["run rotate again: it looks at the portal and goes on from what is there"]))
    }
    return EditResult(before: edit.before, after: set, sent: true, replaced: edit.replaced)
  }

  /// The manual portal: looks once, or, with the operator's word, for the whole budget.
  func proveByHand(_ fact: AttestedFact, key: KeyReference, alsoAccepted: KeyReference?) async throws {
    let word = rotation.attestations[fact]
    let removes = fact == .retired || fact == .withdrawn
    let needed = removes ? runbook.verification.successes : 1
    if let word { rotation.lastPortalAct = max(word.at, rotation.lastPortalAct ?? .distantPast) }
    var subjects = [Subject(signer: try signer(of: key), proof: Proof(removes ? .gone : .accepted, needed: needed))]
    if let alsoAccepted {
      subjects.append(Subject(signer: try signer(of: alsoAccepted), proof: Proof(.accepted, needed: needed)))
    }
    let began = clock.now()
    subjects = try await prove(subjects, once: word == nil)
    // Refused as expired is listed: without a word nobody said that it is not.
    let isListed = word == nil && removes && rotation.lastRefusal[key.kid]?.reason == .expiredKey
    if !isListed, subjects.allSatisfy({ $0.proof.state == .proven }) { return }
    guard let word else { throw handOver(fact, key) }
    if let alsoAccepted, case .denied(let refusal) = subjects[1].proof.state {
      throw Stop.waits(
        on: "kid \(alsoAccepted.kid) is refused (\(refusal.words)): the page may have replaced the set; list it again")
    }
    // What tokens contradict after the propagation time was undone, or never done.
    let contradiction = removes ? rotation.lastGrant[key.kid]?.at : rotation.lastRefusal[key.kid]?.at
    if subjects[0].proof.state == .open, began >= word.at + rotation.timing.propagation,
      let contradiction, contradiction >= began
    {
      rotation.attestations[fact] = nil
      throw handOver(fact, key)
    }
    try require(subjects, doing: "proving \(fact.rawValue)")
  }

  /// The wait for the operator at the portal's page.
  func handOver(_ fact: AttestedFact, _ key: KeyReference) -> Stop {
    observe(.handover(fact, key))
    let removes = fact == .retired || fact == .withdrawn
    let act = removes ? "remove kid \(key.kid) in" : "add kid \(key.kid) to"
    let trouble = portalTrouble.map { " (its API cannot be read: \($0))" } ?? ""
    let other = rotation.outgoing == key || removes ? nil : rotation.doubt(of: rotation.outgoing)
    let also = other.map { ", and kid \(rotation.outgoing.kid) with it (\($0); keyturn keys emit KID prints it)" } ?? ""
    return .waits(
      on: "\(act) the portal by hand\(also)\(trouble), then run keyturn attest \(fact.rawValue) \(rotation.id)",
      guardName: fact.guardName)
  }
}

extension Stop {
  init(_ refusal: KeySetEdit.Refusal, _ step: Step, _ rotation: Rotation) {
    switch refusal {
    case .full(let kids):
      self = .waits(on: "\(step.rawValue): the portal lists \(kids.count) keys (\(kids.joined)): free one place")
    case .kidTaken(let kid):
      let key = [rotation.outgoing, rotation.incoming].compactMap { $0 }.filter { $0.kid == kid }
      self = .conflict(
        "\(step.rawValue): the portal lists another public key under kid \(kid): changed by someone else",
        remedy: rotation.waysOn(from: key.map { .portal($0) }))
    case .wouldBeEmpty:
      self = .refused(
        "\(step.rawValue): the key set would be empty", remedy: ["list the key that stays in the portal again"])
    case .isEmpty:
      self = .refused("\(step.rawValue): the portal lists no key", remedy: ["list the key that is in use there again"])
    case .privateMember(let kid, let member):
      self = .refused(
        "\(step.rawValue): the portal's entry \(kid) holds the private member \(member)",
        remedy: ["that key is leaked: remove it in the portal and replace it"])
    }
  }
}
