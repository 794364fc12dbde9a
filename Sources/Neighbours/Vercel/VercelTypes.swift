internal import Foundation
internal import RotationCore

/// `GET /v9/projects/{idOrName}`, as far as a rotation reads it.
struct VercelProject: Sendable {
  /// `lastAliasRequest`: the last promote or rollback, which goes on after its call was answered.
  struct AliasRequest: Sendable, Equatable {
    var deployment: String
    /// `pending`, `in-progress`, `succeeded`, `failed`, `skipped`
    var status: String
    /// Milliseconds of Vercel's clock.
    var asked: Int64

    var isUnderWay: Bool { status == "pending" || status == "in-progress" }
  }

  let id: String
  let name: String
  /// A production deployment that is ready goes live by itself.
  let autoAssign: Bool
  let ignoresBuilds: Bool
  /// Deployment Protection stands before the immutable addresses of production too.
  let protectsAddresses: Bool
  /// The deployment that the production address leads to.
  let production: String?
  let aliasRequest: AliasRequest?

  init(_ value: JSONValue) throws(NeighbourTrouble) {
    guard let id = value["id"]?.string, let name = value["name"]?.string else {
      throw VercelAPI.trouble(.unusableAnswer, "answered with a project without id or name")
    }
    self.id = id
    self.name = name
    autoAssign = value["autoAssignCustomDomains"] != .bool(false)
    ignoresBuilds = value["commandForIgnoringBuildStep"]?.string.map { !$0.isEmpty } ?? false
    protectsAddresses = ["ssoProtection", "passwordProtection"].contains { member in
      value[member]?["deploymentType"]?.string.map { $0 != "preview" } ?? false
    }
    production = value["targets"]?["production"]?["id"]?.string
    aliasRequest = value["lastAliasRequest"].flatMap { request in
      guard let deployment = request["toDeploymentId"]?.string, let status = request["jobStatus"]?.string else {
        return nil
      }
      return AliasRequest(deployment: deployment, status: status, asked: request["requestedAt"]?.integer ?? 0)
    }
  }
}

/// `GET /v1/projects/{idOrName}/rolling-release` and its `config`.
enum VercelRolling: Sendable, Equatable {
  /// Every promoted deployment shares the traffic with the one before it for a time.
  case configured
  case active(canary: String?)
}

/// One environment variable without its value.
struct VercelVariable: Sendable {
  let id: String
  let key: String
  /// Nobody is told its value again: `type` sensitive, or in the newer word a `visibility` of secret.
  let isSensitive: Bool
  let targets: [String]
  /// Environments of the team's own, besides `targets`.
  let customEnvironments: Int
  /// Milliseconds of Vercel's clock.
  let updated: Int64
  /// The kid that our comment names; nil where the comment is not ours.
  let markedKid: KeyID?

  /// `Keyturn wrote this pair: kid …`; a kid has no blank.
  static let mark = "Keyturn wrote this pair: kid "

  init?(_ value: JSONValue) {
    guard let id = value["id"]?.string, let key = value["key"]?.string, let type = value["type"]?.string else {
      return nil
    }
    self.id = id
    self.key = key
    isSensitive = type == "sensitive" || value["visibility"]?.string == "secret"
    customEnvironments = value["customEnvironmentIds"]?.array?.count ?? 0
    targets = value["target"]?.array?.compactMap(\.string) ?? value["target"]?.string.map { [$0] } ?? []
    updated = value["updatedAt"]?.integer ?? value["createdAt"]?.integer ?? 0
    let comment = value["comment"]?.string ?? ""
    markedKid = comment.hasPrefix(Self.mark) ? KeyID(String(comment.dropFirst(Self.mark.count))) : nil
  }
}

/// A deployment, as listed or read alone; the two spell some members differently.
struct VercelDeployment: Sendable {
  let id: String
  /// Host of the immutable address.
  let url: String
  let state: String
  let isStaged: Bool
  /// A rolling release gives it a part of the traffic.
  let isRolling: Bool
  let aliasAssigned: Bool
  /// Why it does not serve though it is built: an address that was not assigned, checks that failed.
  let refusal: String?
  /// What Vercel says about its end.
  let message: String?
  let created: Int64
  let meta: [String: String]

  init(_ value: JSONValue) throws(NeighbourTrouble) {
    guard let id = value["id"]?.string ?? value["uid"]?.string,
      let state = value["readyState"]?.string ?? value["state"]?.string
    else { throw VercelAPI.trouble(.unusableAnswer, "answered with a deployment without id or state") }
    self.id = id
    self.state = state
    url = value["url"]?.string ?? ""
    isStaged = value["readySubstate"]?.string == "STAGED"
    isRolling = value["readySubstate"]?.string == "ROLLING"
    aliasAssigned =
      switch value["aliasAssigned"] {
      case .bool(let assigned): assigned
      case .integer, .number: true
      case .null, .string, .array, .object, nil: false
      }
    created = value["createdAt"]?.integer ?? value["created"]?.integer ?? 0
    meta = (value["meta"]?.object ?? [:]).compactMapValues(\.string)
    if let error = value["aliasError"]?.object {
      refusal = "its address could not be assigned: \(error["message"]?.string ?? error["code"]?.string ?? "?")"
    } else if value["checksConclusion"]?.string == "failed"
      || value["checks"]?["deployment-alias"]?["state"]?.string == "failed"
    {
      refusal = "its checks failed"
    } else {
      refusal = nil
    }
    message = value["errorMessage"]?.string ?? value["readyStateReason"]?.string
  }

  /// It will not become anything any more.
  var hasFailed: Bool { ["ERROR", "CANCELED", "BLOCKED", "DELETED"].contains(state) || state.hasSuffix("_ERROR") }
  var isReady: Bool { state == "READY" }
  /// It may still go live by itself.
  var isUnderWay: Bool { !hasFailed && (isReady ? !isStaged && !aliasAssigned && refusal == nil : true) }

  func isOf(_ order: TargetOrder) -> Bool {
    meta[Self.rotationMember] == order.rotation.rawValue && meta[Self.kidMember] == order.kid.rawValue
  }

  static let rotationMember = "keyturnRotation"
  static let kidMember = "keyturnKid"
}

/// What runs in production, for a rollback: stored with the rotation.
struct VercelBookmark: Codable {
  var deployment: String
  var autoAssign: Bool

  var text: String {
    get throws { String(decoding: try JSONValue(encoding: self).canonical, as: UTF8.self) }
  }

  init(deployment: String, autoAssign: Bool) {
    self.deployment = deployment
    self.autoAssign = autoAssign
  }

  init?(_ text: String?) {
    guard let text, let read = try? JSONDecoder().decodeStrictly(Self.self, from: Data(text.utf8)) else { return nil }
    self = read
  }
}
