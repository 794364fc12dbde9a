internal import Foundation
internal import RotationCore

/// Brings a deployment up and to the production address, and back. Everything is found again by what Vercel shows; a
/// deployment is asked for once, whatever becomes of the answer.
struct VercelDeployer: Sendable {
  let api: VercelAPI
  let clock: any WallClock
  let probe: StagedProbe

  private var settings: Runbook.Vercel { api.settings }

  // MARK: Forward

  func bringUp(_ order: TargetOrder) async throws {
    let project = try await api.project()
    let found = try await find(order, in: project)
    let deployment: VercelDeployment
    if let found { deployment = found } else { deployment = try await ask(order, project) }
    try await waitUntilLive(
      deployment.id, order, wanted: VercelBookmark(order.bookmark)?.autoAssign ?? project.autoAssign)
  }

  /// The newest one that was built for this order and may still serve; of a hook's, one that is younger than the pair.
  private func find(_ order: TargetOrder, in project: VercelProject) async throws -> VercelDeployment? {
    let all = try await api.deployments(of: project).filter { !$0.hasFailed }
    switch settings.deploy {
    case .redeploy: return all.first { $0.isOf(order) }
    case .hook:
      guard let written = try await api.variables().map(\.updated).max() else { return nil }
      return all.first { $0.created > written }
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
        .unanswered, "gave no answer to a deployment (\(trouble.detail)), and within a minute shows none of ours")
    }
    guard let found = try await lookFor(order, project) else {
      throw VercelAPI.trouble(.unanswered, "took the deploy hook, and within a minute shows no new deployment")
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
  private func waitUntilLive(_ id: String, _ order: TargetOrder, wanted autoAssign: Bool) async throws {
    let begun = clock.now()
    var asked = false
    while true {
      let deployment = try await api.deployment(id)
      let age = clock.now().timeIntervalSince(begun)
      if deployment.hasFailed { throw try await failure(of: deployment, after: age) }
      if deployment.isReady, let refusal = deployment.refusal {
        throw VercelAPI.trouble(.rejected, "\(id): \(Redaction.line(refusal))")
      }
      if deployment.isReady, deployment.isStaged, !asked {
        try await promote(deployment, order)
        asked = true
      }
      let project = try await api.project()
      if deployment.isReady, try await isLive(deployment, in: project) {
        if project.autoAssign != autoAssign { try await api.setAutoAssign(autoAssign, of: project) }
        return
      }
      guard age < Self.longest else {
        throw VercelAPI.trouble(
          .unanswered, "\(id) is \(deployment.state) after an hour, and production does not lead to it")
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
  private func promote(_ deployment: VercelDeployment, _ order: TargetOrder) async throws {
    try await probe.ask(deployment, kid: order.kid)
    guard settings.promote else {
      throw VercelAPI.trouble(
        .rejected,
        "\(deployment.id) is built and staged, and promote is false: promote it in Vercel, then run rotate again")
    }
    let project = try await api.project()
    if project.aliasRequest != VercelProject.AliasRequest(deployment: deployment.id, status: "in-progress") {
      do { try await api.promote(deployment.id, in: project) } catch let trouble as NeighbourTrouble
        where trouble.effectIsUnknown
      {}
    }
    try await waitForAlias(deployment.id, "promote")
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
    var project = try await api.project()
    // A build of ours that is still under way would go live on top of the rollback.
    for deployment in try await api.deployments(of: project)
    where deployment.meta[VercelDeployment.rotationMember] == order.rotation.rawValue && !deployment.isOf(order)
      && !deployment.isReady && !deployment.hasFailed
    {
      do { try await api.cancel(deployment.id) } catch let trouble as NeighbourTrouble where trouble.kind == .rejected {
      }
    }
    if project.production != bookmark.deployment {
      do {
        do { try await api.rollBack(to: bookmark.deployment, in: project) } catch let trouble as NeighbourTrouble
          where trouble.effectIsUnknown
        {}
        try await waitForAlias(bookmark.deployment, "rollback")
      } catch let trouble as NeighbourTrouble where trouble.kind == .rejected {
        return try await bringUp(order)
      }
      project = try await api.project()
    }
    if project.autoAssign != bookmark.autoAssign { try await api.setAutoAssign(bookmark.autoAssign, of: project) }
  }

  /// Promote and rollback go on after they were answered; the official client looks for three minutes.
  private func waitForAlias(_ deployment: String, _ act: String) async throws {
    let end = clock.now() + .seconds(180)
    while true {
      let project = try await api.project()
      if project.production == deployment { return }
      if let request = project.aliasRequest, request.deployment == deployment,
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
    let written = try await api.variables().map(\.updated).min() ?? 0
    let old = try await api.deployments(of: project).filter { deployment in
      guard deployment.isReady, deployment.id != project.production, !deployment.isOf(order) else { return false }
      return deployment.meta[VercelDeployment.kidMember] == removed.rawValue
        || (order.direction == .forward && deployment.created < written)
    }
    guard !old.isEmpty else { return [] }
    let named = old.prefix(5).map(\.id).joined(separator: ", ") + (old.count > 5 ? " and \(old.count - 5) more" : "")
    return [
      "\(old.count) older production \(old.count == 1 ? "deployment" : "deployments") may carry kid \(removed), which is"
        + " refused now: an instant rollback to \(named) would bring it back; delete what is not needed"
    ]
  }

  // MARK: Cadence

  /// A build takes up to 45 minutes, and waits its turn before.
  private static let longest: Double = 3_600

  /// As the official client looks.
  private static func pause(after age: Double) -> Duration {
    switch age {
    case ..<15: .seconds(1)
    case ..<60: .seconds(5)
    case ..<300: .seconds(15)
    default: .seconds(30)
    }
  }
}
