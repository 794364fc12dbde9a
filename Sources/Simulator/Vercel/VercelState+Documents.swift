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
      "accountId": "team_1", "id": "prj_1", "name": .string(settings.project), "directoryListing": false,
      "nodeVersion": "22.x", "autoAssignCustomDomains": .bool(settings.autoAssign),
      "commandForIgnoringBuildStep": settings.ignoreCommand.map(JSONValue.string) ?? .null,
      "defaultResourceConfig": ["functionDefaultRegions": ["arn1"]],
      "resourceConfig": ["functionDefaultRegions": ["arn1"]],
      "deploymentExpiration": [:], "lastAliasRequest": request ?? .null,
      "ssoProtection": settings.protectionBypass == nil
        ? .null : ["deploymentType": "prod_deployment_urls_and_all_previews"],
      "passwordProtection": .null,
      "targets": ["production": ["id": .string(production), "name": .string(settings.project), "type": "LAMBDAS"]],
    ]
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
    let assigned = record.aliased.map { $0 <= now } ?? false
    var members: [String: JSONValue] = [
      "name": .string(settings.project), "projectId": "prj_1", "url": .string("\(base)/deployments/\(record.id)"),
      "type": "LAMBDAS", "target": "production", "readyState": .string(record.state(now)),
      "createdAt": .integer(record.created.milliseconds), "inspectorUrl": .string("https://vercel.com/_/\(record.id)"),
      "meta": .object(record.meta.mapValues(JSONValue.string)), "creator": ["uid": "user_1", "username": "kari"],
      "aliasAssigned": assigned ? .integer(record.aliased?.milliseconds ?? 0) : .bool(false),
    ]
    if record.state(now) == "READY" {
      let substate = record.id == canary ? "ROLLING" : record.isAssigned == true ? "PROMOTED" : "STAGED"
      members["readySubstate"] = .string(substate)
      members["ready"] = .integer(record.ends.milliseconds)
    }
    if record.end == .aliasError, now >= record.ends {
      members["aliasError"] = ["code": "alias_in_use", "message": "The domain is already in use"]
    }
    return members
  }

  func listing(of record: VercelDeploymentRecord, base: String, _ now: Date) -> JSONValue {
    var members = common(record, base: base, now)
    members["uid"] = .string(record.id)
    members["created"] = .integer(record.created.milliseconds)
    members["state"] = members["readyState"]
    if record.end == .deleted { members["deleted"] = .integer(record.ends.milliseconds) }
    return .object(members)
  }

  func document(of record: VercelDeploymentRecord, base: String, _ now: Date) -> JSONValue {
    var members = common(record, base: base, now)
    members["id"] = .string(record.id)
    members["status"] = members["readyState"]
    let fixed: [String: JSONValue] = [
      "version": 2, "ownerId": "team_1", "plan": "pro", "public": false, "regions": ["arn1"], "routes": .null,
      "createdIn": "arn1", "projectSettings": [:], "env": [], "build": ["env": []], "buildSkipped": false,
      "isInConcurrentBuildsQueue": false, "isInSystemBuildsQueue": false,
      "bootedAt": .integer(record.created.milliseconds), "buildingAt": .integer(record.created.milliseconds),
      "duration": 0,
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
  /// A sensitive value leaves in no document; the member is there all the same.
  func document(withValue: Bool, sealed: Bool = false) -> JSONValue {
    let isTold = withValue && !sealed
    var members: [String: JSONValue] = [
      "id": .string(id), "key": .string(key), "type": .string(type), "target": .array(targets.map { .string($0) }),
      "createdAt": .integer(created.milliseconds), "updatedAt": .integer(updated.milliseconds),
      "comment": comment.map(JSONValue.string) ?? "", "configurationId": .null,
      "customEnvironmentIds": .array((0..<customEnvironments).map { .string("env_own_\($0)") }),
      "decrypted": .bool(isTold && type != "sensitive"),
    ]
    members["value"] = .string(type == "sensitive" ? "" : isTold ? value : "encrypted:\(id)")
    return .object(members)
  }
}
