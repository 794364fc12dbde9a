internal import Foundation
internal import RotationCore

/// What the API answers, with every member that the official specification requires of it.
extension VercelState {
  func projectDocument(_ now: Date) -> JSONValue {
    let isShown = traffic.map { $0.asked + settings.requestLag <= now } ?? false
    let request = (isShown ? traffic : trafficBefore).map { traffic -> JSONValue in
      [
        "fromDeploymentId": .string(traffic.from), "toDeploymentId": .string(traffic.to),
        "jobStatus": .string(traffic.status), "requestedAt": .integer(traffic.asked.milliseconds),
        "type": .string(traffic.kind),
      ]
    }
    return [
      "accountId": "team_1", "id": "prj_1", "name": .string(settings.project), "alias": [], "directoryListing": false,
      "nodeVersion": "22.x", "autoAssignCustomDomains": .bool(settings.autoAssign),
      "commandForIgnoringBuildStep": settings.ignoreCommand.map(JSONValue.string) ?? .null,
      "defaultResourceConfig": ["functionDefaultRegions": ["arn1"]],
      "resourceConfig": ["functionDefaultRegions": ["arn1"]],
      "deploymentExpiration": [:], "lastAliasRequest": request ?? .null,
      "ssoProtection": settings.protectionBypass == nil
        ? .null : ["deploymentType": "prod_deployment_urls_and_all_previews"],
      "passwordProtection": .null,
      "targets": ["production": target],
    ]
  }

  /// The deployment that the production address leads to, as the project tells of it.
  private var target: JSONValue {
    let created = deployments.first { $0.id == production }?.created.milliseconds ?? 0
    let host: JSONValue = .string("\(settings.project)-\(production).vercel.app")
    return [
      "id": .string(production), "name": .string(settings.project), "type": "LAMBDAS", "plan": "pro", "private": false,
      "readyState": "READY", "createdAt": .integer(created), "createdIn": "arn1", "deploymentHostname": host,
      "url": host, "userId": "user_1", "creator": ["email": "kari@example.com", "uid": "user_1", "username": "kari"],
    ]
  }

  func teamDocument(_ id: String, _ now: Date) -> JSONValue {
    let hour: JSONValue = .integer(now.milliseconds)
    return [
      "id": .string(id), "slug": "team", "name": "Team", "avatar": .null, "description": .null, "creatorId": "user_1",
      "stagingPrefix": "team", "createdAt": hour, "updatedAt": hour,
      "membership": [
        "confirmed": true, "confirmedAt": hour, "role": "OWNER", "createdAt": hour, "created": hour,
      ],
      "sensitiveEnvironmentVariablePolicy": settings.forcesSensitive ? "on" : "default",
    ]
  }

  /// In pages, or with the number of variables that the token may not see.
  var variablesDocument: JSONValue {
    let shown = settings.hidesProduction ? variables.filter { !$0.targets.contains("production") } : variables
    let listed = shown.map(\.listing)
    guard let length = settings.pageLength, length < listed.count else {
      return ["envs": .array(listed), "hiddenProductionEnvCount": .integer(Int64(variables.count - shown.count))]
    }
    let page: JSONValue = ["count": .integer(Int64(length)), "next": 1, "prev": .null]
    return ["envs": .array(Array(listed.prefix(length))), "pagination": page]
  }

  var rollingConfiguration: JSONValue {
    let stages: JSONValue = [["targetPercentage": 10, "duration": 1], ["targetPercentage": 100]]
    return ["rollingRelease": settings.rollTime == nil ? .null : ["target": "production", "stages": stages]]
  }

  func rollingDocument(_ now: Date) -> JSONValue {
    guard let canary else { return ["rollingRelease": .null] }
    func document(_ id: String) -> JSONValue {
      guard let record = deployments.first(where: { $0.id == id }) else { return .null }
      return [
        "id": .string(id), "name": .string(settings.project), "url": .string(id), "target": "production",
        "source": "git", "createdAt": .integer(record.created.milliseconds), "readyState": "READY",
        "readyStateAt": .integer(record.ends.milliseconds),
      ]
    }
    let stage: JSONValue = [
      "index": 0, "isFinalStage": false, "targetPercentage": 10, "requireApproval": false, "duration": 1,
    ]
    let last: JSONValue = [
      "index": 1, "isFinalStage": true, "targetPercentage": 100, "requireApproval": false, "duration": .null,
    ]
    return [
      "rollingRelease": [
        "state": "ACTIVE", "substate": .null, "currentDeployment": document(production),
        "canaryDeployment": document(canary), "queuedDeploymentId": .null, "advancementType": "automatic",
        "stages": [stage, last], "activeStage": stage, "nextStage": last, "startedAt": .integer(now.milliseconds),
        "updatedAt": .integer(now.milliseconds),
      ]
    ]
  }

  /// The deployment that a rolling release gives a part of the traffic.
  private var canary: String? {
    if let canary = settings.canary { return canary }
    guard settings.rollTime != nil, let traffic, traffic.kind == "promote" else { return nil }
    return traffic.status == "in-progress" ? traffic.to : nil
  }

  private func common(_ record: VercelDeploymentRecord, base: String, _ now: Date) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "name": .string(settings.project), "projectId": "prj_1", "url": .string("\(base)/deployments/\(record.id)"),
      "type": "LAMBDAS", "target": "production", "readyState": .string(record.state(now)),
      "createdAt": .integer(record.created.milliseconds), "inspectorUrl": .string("https://vercel.com/_/\(record.id)"),
      "meta": .object(record.meta.mapValues(JSONValue.string)), "creator": ["uid": "user_1", "username": "kari"],
    ]
    if record.state(now) == "READY" {
      let substate = record.id == canary ? "ROLLING" : record.isAssigned == true ? "PROMOTED" : "STAGED"
      members["readySubstate"] = .string(substate)
      members["ready"] = .integer(record.ends.milliseconds)
    }
    if record.end == .checksFailed, now >= record.ends {
      let ended: JSONValue = .integer(record.ends.milliseconds)
      members["checks"] = ["deployment-alias": ["state": "failed", "startedAt": ended, "completedAt": ended]]
    }
    if record.end == .aliasError, now >= record.ends {
      members["aliasError"] = ["code": "alias_in_use", "message": "The domain is already in use"]
    }
    return members
  }

  /// The hour, or false.
  private func aliasAssigned(_ record: VercelDeploymentRecord, _ now: Date) -> JSONValue {
    record.aliased.flatMap { $0 <= now ? .integer($0.milliseconds) : nil } ?? false
  }

  func listing(of record: VercelDeploymentRecord, base: String, _ now: Date) -> JSONValue {
    var members = common(record, base: base, now)
    members["uid"] = .string(record.id)
    members["created"] = .integer(record.created.milliseconds)
    members["state"] = members["readyState"]
    members["aliasAssigned"] = aliasAssigned(record, now)
    if record.end == .deleted { members["deleted"] = .integer(record.ends.milliseconds) }
    return .object(members)
  }

  func document(of record: VercelDeploymentRecord, base: String, _ now: Date) -> JSONValue {
    var members = common(record, base: base, now)
    members["id"] = .string(record.id)
    members["status"] = members["readyState"]
    members["aliasAssigned"] = .bool(aliasAssigned(record, now) != false)
    members["aliasAssignedAt"] = aliasAssigned(record, now)
    let fixed: [String: JSONValue] = [
      "version": 2, "ownerId": "team_1", "plan": "pro", "public": false, "regions": ["arn1"], "routes": .null,
      "createdIn": "arn1", "projectSettings": [:], "env": [], "build": ["env": []], "buildSkipped": false,
      "isInConcurrentBuildsQueue": false, "isInSystemBuildsQueue": false,
      "bootedAt": .integer(record.created.milliseconds), "buildingAt": .integer(record.created.milliseconds),
    ]
    members.merge(fixed) { own, _ in own }
    if case .error(let message) = record.end, now >= record.ends {
      members["errorCode"] = "BUILD_FAILED"
      members["errorMessage"] = .string(message)
    }
    return .object(members)
  }
}

extension VercelVariableRecord {
  /// As the list tells of it.
  var listing: JSONValue {
    .object((document(withValue: false).object ?? [:]).merging(["securityIssues": []]) { own, _ in own })
  }

  /// A sensitive value leaves in no document; the member is there all the same.
  func document(withValue: Bool, sealed: Bool = false) -> JSONValue {
    let isTold = withValue && !sealed
    var members: [String: JSONValue] = [
      "id": .string(id), "key": .string(key), "type": .string(type), "target": .array(targets.map { .string($0) }),
      "createdAt": .integer(created.milliseconds), "updatedAt": .integer(updated.milliseconds),
      "comment": comment.map(JSONValue.string) ?? "", "configurationId": .null,
      "customEnvironmentIds": .array((0..<customEnvironments).map { .string("env_own_\($0)") }),
      "decrypted": .bool(isTold && type != "sensitive"), "visibility": type == "sensitive" ? "secret" : "config",
    ]
    members["value"] = .string(type == "sensitive" ? "" : isTold ? value : "encrypted:\(id)")
    return .object(members)
  }
}
