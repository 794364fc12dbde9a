internal import Foundation
package import RotationCore
private import Synchronization

/// A project on Vercel: two environment variables of production, and the deployment that its address leads to.
///
/// A new value is invisible until a deployment is built; an old deployment keeps the old value for ever; sensitive values
/// are never told again, so that a comment on both variables says which kid they belong to.
package final class VercelTarget: DeploymentTarget {
  private let api: VercelAPI
  private let deployer: VercelDeployer
  private let settings: Runbook.Vercel
  private let hasBeacon: Bool
  /// When each variable was last changed, as this process last read it.
  private let seen = Mutex<[String: Int64]?>(nil)

  /// What is asked at the production address (beacon, readiness) is asked of a staged deployment at its own address too.
  /// `chance` gives a number from 0 up to 1 for the part of a pause that is left to it.
  package init(
    _ settings: Runbook.Vercel, beaconURL: String?, readinessURL: String?, readinessSecret: SecretString?,
    transport: HTTPTransport, clock: any WallClock, gate: any CallGate = OpenGate(),
    chance: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.settings = settings
    hasBeacon = beaconURL != nil
    api = VercelAPI(settings: settings, transport: transport, clock: clock, gate: gate, chance: chance)
    deployer = VercelDeployer(
      api: api, clock: clock,
      probe: StagedProbe(
        scheme: settings.api.hasPrefix("http://") ? "http://" : "https://", beaconURL: beaconURL,
        readinessURL: readinessURL, readinessSecret: readinessSecret, bypass: settings.protectionBypass,
        mustAnswer: settings.staged == true, transport: transport))
  }

  package var name: String { "vercel:" + (settings.team.map { $0 + "/" } ?? "") + settings.project }

  package var capabilities: TargetCapabilities {
    var all: TargetCapabilities = [.deploys, .rollbackByPointer]
    if settings.type == .encrypted { all.insert(.readBack) }
    if deployer.stages { all.insert(.staged) }
    return all
  }

  // MARK: Looking

  package func preflight() async -> TargetPreflight {
    do { return try await survey() } catch {
      let trouble = error as? NeighbourTrouble ?? VercelAPI.trouble(.unanswered, "\(type(of: error))")
      return trouble.kind == .rejected ? TargetPreflight(problems: [trouble.detail]) : TargetPreflight(trouble: trouble)
    }
  }

  private func survey() async throws -> TargetPreflight {
    let project = try await api.project()
    let variables = try await api.pairVariables()
    var found = TargetPreflight()
    for variable in variables where variable.targets != ["production"] || variable.customEnvironments > 0 {
      let others = variable.customEnvironments > 0 ? ["\(variable.customEnvironments) of the team's own"] : []
      found.problems.append(
        "\(variable.key) is set for \((variable.targets + others).joined(separator: " and ")) in one: give production"
          + " its own")
    }
    for name in [settings.variables.kid, settings.variables.privateKey]
    where variables.count(where: { $0.key == name }) > 1 {
      found.problems.append("\(name) is set more than once for production")
    }
    if settings.type == .encrypted {
      for variable in variables where variable.isSensitive {
        found.problems.append("\(variable.key) is sensitive and cannot be made readable again; say type: sensitive")
      }
      if try await api.teamForcesSensitive() {
        found.problems.append("the team makes every variable sensitive; say type: sensitive")
      }
    } else {
      let readable = variables.filter { !$0.isSensitive }.map(\.key)
      if !readable.isEmpty {
        found.warnings.append(
          "\(readable.joined(separator: " and ")) can be read today; type: sensitive makes that impossible from the first"
            + " write on, after a rollback too")
      }
    }
    if settings.staged == true, !deployer.probe.asks {
      found.problems.append("staged: true has nothing to ask: give beacon_url or verification.readiness_url")
    }
    guard let live = project.production else {
      found.problems.append("nothing is deployed to production yet")
      return found
    }
    if project.ignoresBuilds {
      found.warnings.append("an ignored build step is set: it may cancel our redeploy of the same commit")
    }
    if deployer.stages {
      found.warnings.append(contentsOf: stagingWarnings(project))
    } else if !project.autoAssign {
      found.warnings.append(
        "domains are not assigned by themselves: our deployment ends staged"
          + (settings.promote ? ", is asked there and promoted" : ", and promote: false leaves it there"))
    }
    try await surveyRelease(of: project, &found)
    if !hasBeacon {
      found.warnings.append(
        "without beacon_url nobody is asked which kid a deployment signs with"
          + (settings.deploy == .redeploy
            ? ", and a redeploy may inherit the variables of the one that it repeats" : ""))
    }
    let changed = variables.map(\.updated).max() ?? 0
    if try await api.deployment(live).created < changed {
      found.warnings.append("the variables were changed after \(live) was built: it may run with another pair")
    }
    return found
  }

  private func stagingWarnings(_ project: VercelProject) -> [String] {
    var warnings: [String] = []
    if project.autoAssign {
      warnings.append(
        "while our deployment is built and checked, domains are not assigned by themselves: a push in between ends staged"
      )
    }
    if project.protectsAddresses, settings.protectionBypass == nil {
      warnings.append(
        "Deployment Protection stands before the staged deployment: without protection_bypass it cannot be asked"
          + (settings.staged == true ? ", and staged: true holds it there" : " and is promoted unasked"))
    }
    return warnings
  }

  /// While a release rolls, two deployments serve with two keys, and nothing that can be asked tells which is gone.
  private func surveyRelease(of project: VercelProject, _ found: inout TargetPreflight) async throws {
    do {
      switch try await api.rollingRelease(of: project) {
      case .active(let canary):
        found.problems.append(
          "a rolling release is under way\(canary.map { " to \($0)" } ?? ""), so that two deployments serve at once:"
            + " complete or abort it first")
      case .configured:
        found.problems.append(
          "rolling releases are on, so that two deployments with two keys would serve at once: turn them off for the"
            + " rotation")
      case nil: break
      }
    } catch let trouble as NeighbourTrouble where trouble.kind == .rejected {
      found.warnings.append("whether rolling releases are on cannot be read; they must be off (\(trouble.detail))")
    }
  }

  package func read() async -> TargetReading {
    do {
      let variables = try await api.pairVariables()
      seen.withLock { $0 = Self.hours(of: variables) }
      return try await reading(of: variables)
    } catch {
      return .unreadable(error as? NeighbourTrouble ?? VercelAPI.trouble(.unanswered, "\(type(of: error))"))
    }
  }

  private static func hours(of variables: [VercelVariable]) -> [String: Int64] {
    Dictionary(variables.map { ($0.id, $0.updated) }, uniquingKeysWith: max)
  }

  private func reading(of variables: [VercelVariable]) async throws -> TargetReading {
    let (kidName, keyName) = (settings.variables.kid, settings.variables.privateKey)
    let kid = variables.first { $0.key == kidName }
    guard let key = variables.first(where: { $0.key == keyName }) else {
      return kid == nil ? .absent : .broken(problem: "\(kidName) is set and \(keyName) is not")
    }
    guard let kid else { return .broken(problem: "\(keyName) is set and \(kidName) is not") }
    guard kid.markedKid == key.markedKid else {
      return .broken(problem: "\(kidName) and \(keyName) were not written together")
    }
    guard !kid.isSensitive, let value = try await api.value(of: kid) else {
      // Both were written in one call; who changes one by hand leaves the comment and moves the hour.
      let together = abs(kid.updated - key.updated) <= Self.oneCall
      return together ? kid.markedKid.map { .kidOnly($0) } ?? .writeOnly : .writeOnly
    }
    guard let named = KeyID(told: value.withBytes { String(decoding: $0, as: UTF8.self) }) else {
      return .broken(problem: "\(kidName) is set to what is no kid")
    }
    guard !key.isSensitive, let pem = try await api.value(of: key) else { return .kidOnly(named) }
    if let problem = PEMShape.problem(in: pem) { return .broken(problem: "\(keyName) \(problem)") }
    return .pair(SigningPair(kid: named, privateKey: pem))
  }

  /// Two variables of one call carry hours that are this close, in milliseconds.
  private static let oneCall: Int64 = 60_000

  package func bookmark() async throws -> String? {
    let project = try await api.project()
    return try project.production.map { try VercelBookmark(deployment: $0, autoAssign: project.autoAssign).text }
  }

  // MARK: Writing

  package func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
    let (items, kid) = (items(for: pair), pair.kid)
    var since = seen.withLock { $0 }
    let answer: JSONValue
    do {
      answer = try await api.upsert(items) {
        since = try await confirm(since: since, expected: expected, writing: kid)
      }
    } catch var trouble as NeighbourTrouble where trouble.kind == .rejected {
      trouble.detail = "nothing was written: " + trouble.detail
      throw trouble
    }
    let failed = answer["failed"]?.array ?? []
    guard failed.isEmpty, answer["created"] != nil else {
      let words = failed.map { item in
        let error = item["error"]
        let key = error?["envVarKey"]?.string ?? error?["key"]?.string ?? "?"
        return Redaction.line("\(key) \(error?["code"]?.string ?? "?")", limit: 120)
      }
      let tookNone = failed.count == items.count
      throw VercelAPI.trouble(
        tookNone ? .rejected : .unusableAnswer,
        tookNone
          ? "took neither variable: \(words.joined(separator: ", "))"
          : "answered 201 and yet took half of the pair: \(words.joined(separator: ", "))")
    }
    seen.withLock { $0 = nil }
    let holds =
      switch await read() {
      case .pair(let found): found.kid == pair.kid && found.privateKey.isEqual(to: pair.privateKey)
      case .kidOnly(let kid): kid == pair.kid
      case .writeOnly: true
      case .absent: false
      case .broken: false
      case .unreadable(let trouble): throw trouble
      }
    guard holds else { throw VercelAPI.trouble(.unanswered, "took the pair and does not show it") }
  }

  private func items(for pair: borrowing SigningPair) -> [JSONValue] {
    let pem = pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) }
    return [(settings.variables.kid, pair.kid.rawValue), (settings.variables.privateKey, pem)].map { key, value in
      [
        "key": .string(key), "value": .string(value), "type": .string(settings.type.rawValue),
        "target": ["production"], "comment": .string(VercelVariable.mark + pair.kid.rawValue),
      ]
    }
  }

  /// There is no precondition to send along, so the hours are compared right before the write, after the calls that
  /// values take. Returns the hours: `since`, or what was read here.
  private func confirm(since: [String: Int64]?, expected: KeyID?, writing kid: KeyID) async throws -> [String: Int64] {
    let variables = try await api.pairVariables()
    let since = since ?? Self.hours(of: variables)
    let found: KeyID? =
      switch try await reading(of: variables) {
      case .pair(let pair): pair.kid
      case .kidOnly(let kid): kid
      case .writeOnly: nil
      case .absent: nil
      case .broken: nil
      case .unreadable(let trouble): throw trouble
      }
    if let found, let expected, found != expected, found != kid {
      throw VercelAPI.trouble(.rejected, "the variables now name \(found), where \(expected) was expected")
    }
    let last = variables.allSatisfy(\.isSensitive) ? variables : try await api.pairVariables()
    guard Self.hours(of: last) == since else {
      throw VercelAPI.trouble(.rejected, "the variables changed since they were read")
    }
    return since
  }

  // MARK: Deploying

  package func deploy(_ order: TargetOrder) async throws {
    switch order.direction {
    case .forward: try await deployer.bringUp(order)
    case .back: try await deployer.goBack(order)
    }
  }

  package func settle(_ order: TargetOrder) async throws { try await deployer.settle(order) }

  package func cleanUp(_ order: TargetOrder, removed: KeyID) async throws -> [String] {
    try await deployer.leftBehind(order, removed: removed)
  }
}
