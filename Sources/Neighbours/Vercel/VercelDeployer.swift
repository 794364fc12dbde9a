internal import Foundation
internal import RotationCore

/// Brings a deployment up and to the production address, and back. Everything is found again by what Vercel shows; a
/// deployment is asked for once, whatever becomes of the answer.
struct VercelDeployer: Sendable {
  let api: VercelAPI
  let clock: any WallClock
  let probe: StagedProbe

  private var settings: Runbook.Vercel { api.settings }

  /// Whether a deployment is checked at its own address before the production address leads to it.
  var stages: Bool { settings.staged ?? (settings.promote && probe.asks) }

  // MARK: Forward

  /// Staged: no field of a redeploy keeps it from the domains, so that the project assigns none while it is built. The
  /// bookmark remembers what the project did before; without one nothing is changed that a crash could leave behind.
  func bringUp(_ order: TargetOrder) async throws {
    let project = try await api.project()
    let former = VercelBookmark(order.bookmark)?.autoAssign
    let found = try await find(order, in: project)
    if found == nil, stages, former != nil {
      do { try await assign(false, in: project) } catch let trouble as NeighbourTrouble
        where trouble.kind == .rejected && settings.staged == nil
      {
        // A token that may not edit the project: it goes live as any push does.
      }
    }
    do {
      let id: String
      if let found { id = found.id } else { id = try await ask(order, project).id }
      try await waitUntilLive(id, order)
    } catch let trouble as NeighbourTrouble where trouble.kind == .rejected {
      // Nothing of ours can go live by itself any more.
      try? await assign(former ?? project.autoAssign, in: try await api.project())
      throw trouble
    } catch var trouble as NeighbourTrouble where stages && former == true {
      trouble.detail += "; the project assigns no domains by itself until the rotation has gone on or back"
      throw trouble
    }
    try await assign(former ?? project.autoAssign, in: try await api.project())
  }

  /// Whether a deployment of production that is ready goes live by itself. Asked for again, it is what it was.
  private func assign(_ isOn: Bool, in project: VercelProject) async throws {
    guard project.autoAssign != isOn else { return }
    do { try await api.setAutoAssign(isOn, of: project) } catch let trouble as NeighbourTrouble
      where trouble.effectIsUnknown
    {
      guard try await api.project().autoAssign == isOn else { throw trouble }
    }
  }

  /// The newest one that was built for this order with the pair that is set now, and may still serve. One that ended
  /// staged is left lying when any variable was changed since: what was wrong with it may be mended. A hook's tells
  /// nothing of the order; it is one that is younger than the pair.
  private func find(_ order: TargetOrder, in project: VercelProject) async throws -> VercelDeployment? {
    let variables = try await api.variables()
    guard let written = variables.filter(api.isOfPair).map(\.updated).max() else { return nil }
    let changed = variables.map(\.updated).max() ?? written
    return try await api.deployments(of: project).first { deployment in
      guard !deployment.hasFailed else { return false }
      if deployment.isReady, deployment.isStaged, deployment.created < changed { return false }
      return switch settings.deploy {
      case .redeploy: deployment.isOf(order) && deployment.created >= written
      case .hook: deployment.created > written
      }
    }
  }

  /// Sends the one request. Without an answer it is looked for, and never sent again from here.
  private func ask(_ order: TargetOrder, _ project: VercelProject) async throws -> VercelDeployment {
    do {
      switch settings.deploy {
      case .redeploy:
        guard let source = project.production else {
          throw VercelAPI.trouble(.rejected, "nothing is deployed to production yet")
        }
        let meta = [
          VercelDeployment.rotationMember: order.rotation.rawValue, VercelDeployment.kidMember: order.kid.rawValue,
        ]
        return try await api.redeploy(source, of: project, meta: meta)
      case .hook(let url): try await api.callHook(url)
      }
    } catch let trouble as NeighbourTrouble where trouble.effectIsUnknown {
      if let found = try await lookFor(order, project) { return found }
      throw VercelAPI.trouble(
        .unanswered, "a deployment was asked for (\(trouble.detail)), and within a minute Vercel shows none of ours")
    } catch var trouble as NeighbourTrouble where trouble.kind == .rejected {
      trouble.detail = "no deployment was begun: " + trouble.detail
      throw trouble
    }
    guard let found = try await lookFor(order, project) else {
      throw VercelAPI.trouble(.unanswered, "Vercel took the deploy hook, and within a minute shows no new deployment")
    }
    return found
  }

  private func lookFor(_ order: TargetOrder, _ project: VercelProject) async throws -> VercelDeployment? {
    for pause in [1, 2, 5, 10, 15, 30] {
      if let found = try await find(order, in: project) { return found }
      try await clock.sleep(until: clock.now() + .seconds(pause))
    }
    return try await find(order, in: project)
  }

  /// READY is not live: the production address must lead to it, or to a younger one.
  private func waitUntilLive(_ id: String, _ order: TargetOrder) async throws {
    let begun = clock.now()
    var asked = false
    var served: Date?
    while true {
      let deployment = try await api.deployment(id)
      let age = clock.now().timeIntervalSince(begun)
      if deployment.hasFailed { throw try await failure(of: deployment, after: age) }
      if deployment.isReady, let refusal = deployment.refusal {
        throw VercelAPI.trouble(.rejected, "\(id): \(Redaction.line(refusal))")
      }
      if deployment.isReady, !deployment.isRolling {
        let project = try await api.project()
        if try await isLive(deployment, in: project) { return }
        if deployment.isStaged, !asked {
          try await promote(deployment, order, in: project)
          asked = true
          continue
        }
        if deployment.aliasAssigned { served = served ?? clock.now() }
        if let served, served + Self.aliasTime <= clock.now(), project.aliasRequest?.isUnderWay != true {
          throw VercelAPI.trouble(
            .rejected,
            "\(id) was live, and production leads to \(project.production ?? "none"), which is older: somebody moved it"
              + " back; promote \(id) in Vercel if that is not meant to stay")
        }
      }
      guard age < Self.longest else {
        throw VercelAPI.trouble(
          .unanswered,
          "\(id) is \(deployment.state) after an hour, and production does not lead to it"
            + (deployment.isRolling ? " alone: a rolling release waits for its next stage" : ""))
      }
      try await clock.sleep(until: clock.now() + Self.pause(after: age))
    }
  }

  private func isLive(_ deployment: VercelDeployment, in project: VercelProject) async throws -> Bool {
    guard let production = project.production else { return false }
    if production == deployment.id { return deployment.aliasAssigned && !deployment.isStaged }
    return try await api.deployment(production).created > deployment.created
  }

  /// A deployment that ended staged is asked at its own address first.
  private func promote(_ deployment: VercelDeployment, _ order: TargetOrder, in project: VercelProject) async throws {
    if let request = project.aliasRequest, request.deployment == deployment.id, request.isUnderWay {
      return try await waitForAlias(deployment.id, "promote")
    }
    let before = project.aliasRequest
    do { try await probe.ask(deployment, kid: order.kid) } catch let trouble as NeighbourTrouble
      where trouble.kind == .rejected
    {
      throw VercelAPI.trouble(.rejected, trouble.detail + "; production still leads to \(project.production ?? "none")")
    }
    guard settings.promote else {
      throw VercelAPI.trouble(
        .rejected,
        "\(deployment.id) is built and staged, and promote is false: promote it in Vercel, then run rotate again")
    }
    do { try await api.promote(deployment.id, in: project) } catch let trouble as NeighbourTrouble
      where trouble.effectIsUnknown
    {}
    try await waitForAlias(deployment.id, "promote", after: before)
  }

  private func failure(of deployment: VercelDeployment, after age: Double) async throws -> NeighbourTrouble {
    let project = try await api.project()
    var detail = "\(deployment.id) ended \(deployment.state)"
    if let message = deployment.message { detail += ": " + Redaction.line(message) }
    if deployment.state == "CANCELED", project.ignoresBuilds, age < 60 {
      detail += "; the project's ignored build step most likely cancelled it: let it build the same commit again"
    }
    return VercelAPI.trouble(.rejected, detail)
  }

  // MARK: Back

  /// Traffic goes back to what ran before the swap, not to a new build; where that cannot be reached any more, the
  /// restored variables are built. Either way new deployments go live by themselves if they did before.
  func goBack(_ order: TargetOrder) async throws {
    guard let bookmark = VercelBookmark(order.bookmark) else { return try await bringUp(order) }
    let end = clock.now() + Self.aliasTime
    while true {
      let project = try await quiet(order)
      if project.production != bookmark.deployment {
        do {
          do { try await api.rollBack(to: bookmark.deployment, in: project) } catch let trouble as NeighbourTrouble
            where trouble.effectIsUnknown
          {}
          try await waitForAlias(bookmark.deployment, "rollback", after: project.aliasRequest)
        } catch let trouble as NeighbourTrouble where trouble.kind == .rejected {
          return try await bringUp(order)
        }
      }
      let others = try await othersUnderWay(in: project)
      guard !others.isEmpty else { break }
      // A rollback left domains unassigned; so they stay until what would take them is built.
      do { try await assign(false, in: try await api.project()) } catch let trouble as NeighbourTrouble
        where trouble.kind == .rejected
      {}
      guard clock.now() < end else {
        throw VercelAPI.trouble(
          .unanswered,
          "production leads to \(bookmark.deployment) again, and \(Self.names(others)), begun before the variables were set"
            + " back, \(others.count == 1 ? "is" : "are") still being built with the pair that is taken back: cancel"
            + " \(others.count == 1 ? "it" : "them") in Vercel, or wait; the project assigns no domains by itself until then"
        )
      }
      try await clock.sleep(until: clock.now() + .seconds(5))
    }
    try await assign(bookmark.autoAssign, in: try await api.project())
  }

  /// Builds of other people's and of a deploy hook that took the variables before they were set back. They are not ours
  /// to cancel, and would go live on top.
  private func othersUnderWay(in project: VercelProject) async throws -> [VercelDeployment] {
    guard let written = try await api.pairVariables().map(\.updated).max() else { return [] }
    let oldest = Int64((clock.now().timeIntervalSince1970 - Self.longest) * 1_000)
    return try await api.deployments(of: project).filter {
      $0.isUnderWay && (oldest..<max(oldest, written)) ~= $0.created
    }
  }

  /// The project when nothing of this rotation's other direction is under way any more: a build would go live on top of
  /// what was decided since, and a traffic change that was asked for goes on by itself.
  private func quiet(_ order: TargetOrder) async throws -> VercelProject {
    let end = clock.now() + Self.aliasTime
    var cancelled: Set<String> = []
    while true {
      let project = try await api.project()
      let busy = try await api.deployments(of: project).filter { deployment in
        deployment.meta[VercelDeployment.rotationMember] == order.rotation.rawValue && !deployment.isOf(order)
          && deployment.isUnderWay
      }
      for deployment in busy where !deployment.isReady && cancelled.insert(deployment.id).inserted {
        do { try await api.cancel(deployment.id) } catch let trouble as NeighbourTrouble
          where trouble.kind == .rejected
        {}
      }
      let moving = project.aliasRequest.map { $0.isUnderWay } ?? false
      if busy.isEmpty, !moving { return project }
      guard clock.now() < end else {
        throw VercelAPI.trouble(
          .unanswered, "what this rotation began before is still under way after three minutes; look again later")
      }
      try await clock.sleep(until: clock.now() + .seconds(1))
    }
  }

  /// What is live is what `order` asks for: ends what an interrupted way there, or away from there, left open.
  func settle(_ order: TargetOrder) async throws {
    guard let bookmark = VercelBookmark(order.bookmark) else { return }
    switch order.direction {
    case .forward:
      let project = try await quiet(order)
      guard try await tookThePair(project) else { return try await bringUp(order) }
      try await assign(bookmark.autoAssign, in: project)
    case .back: try await goBack(order)
    }
  }

  /// Whether production was begun after both variables were written. One from before may name the kid and hold the key of
  /// another: half a pair was set for a while.
  private func tookThePair(_ project: VercelProject) async throws -> Bool {
    guard let production = project.production, let written = try await api.pairVariables().map(\.updated).max() else {
      return false
    }
    return try await api.deployment(production).created >= written
  }

  /// Promote and rollback go on after they were answered. The end of a request that was there `before` says nothing of
  /// this one.
  private func waitForAlias(_ deployment: String, _ act: String, after before: VercelProject.AliasRequest? = nil)
    async throws
  {
    let end = clock.now() + Self.aliasTime
    while true {
      let project = try await api.project()
      if project.production == deployment { return }
      if let request = project.aliasRequest, request != before, request.deployment == deployment,
        request.status == "failed" || request.status == "skipped"
      {
        throw VercelAPI.trouble(.rejected, "the \(act) to \(deployment) ended \(request.status)")
      }
      guard clock.now() < end else {
        throw VercelAPI.trouble(
          .unanswered, "the \(act) to \(deployment) is not through after three minutes")
      }
      try await clock.sleep(until: clock.now() + .seconds(1))
    }
  }

  // MARK: Afterwards

  /// Deployments that still carry `removed`, which nobody accepts any more.
  func leftBehind(_ order: TargetOrder, removed: KeyID) async throws -> [String] {
    let project = try await api.project()
    let written = try await api.pairVariables().map(\.updated).min() ?? 0
    let all = try await api.deployments(of: project)
    let ready = all.filter { $0.isReady && $0.id != project.production && !$0.isOf(order) }
    // On the way back: what was built since the one that serves again, before the variables were set back.
    let first = all.first { $0.id == VercelBookmark(order.bookmark)?.deployment }?.created ?? written
    let old = ready.filter { deployment in
      deployment.meta[VercelDeployment.kidMember] == removed.rawValue
        || deployment.created < written && (order.direction == .forward || deployment.created > first)
    }
    let waiting = ready.filter { $0.isStaged && $0.created >= written && stages && order.direction == .forward }
    var lines: [String] = []
    if !old.isEmpty {
      lines.append(
        "\(Self.count(old, "older production deployment")) may carry kid \(removed), which is refused now: an instant"
          + " rollback to \(Self.names(old)) would bring it back; delete what is not needed")
    }
    if !waiting.isEmpty {
      lines.append(
        "\(Self.count(waiting, "deployment")) of somebody else's ended staged: \(Self.names(waiting)); promote the one"
          + " that is meant to serve")
    }
    return lines
  }

  private static func count(_ some: [VercelDeployment], _ noun: String) -> String {
    "\(some.count) \(noun)\(some.count == 1 ? "" : "s")"
  }

  private static func names(_ some: [VercelDeployment]) -> String {
    some.prefix(5).map(\.id).joined(separator: ", ") + (some.count > 5 ? " and \(some.count - 5) more" : "")
  }

  // MARK: Cadence

  /// A build takes up to 45 minutes, and waits its turn before.
  private static let longest: Double = 3_600

  /// How long the official client looks for a promote or a rollback.
  private static let aliasTime: Duration = .seconds(180)

  /// As the official client looks.
  private static func pause(after age: Double) -> Duration {
    switch age {
    case ...15: .seconds(1)
    case ...60: .seconds(5)
    case ...300: .seconds(15)
    default: .seconds(30)
    }
  }
}
