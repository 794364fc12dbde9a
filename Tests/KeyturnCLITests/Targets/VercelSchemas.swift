/// The parts of Vercel's official OpenAPI specification that the calls of a rotation touch, written down by hand: for each
/// operation the query it takes, the body it asks for, the members that its answer must have, with their types, and the
/// statuses of its refusals. Members of answers that nobody here reads are left out.
///
/// Taken from github.com/vercel/sdk, `vercel-spec.json` at 1aada4a8c, and held against the client that is generated from
/// later ones: requests, statuses and paths against `src/funcs` (createProjectEnv 29b9d74a, createDeployment 18e4a1d4,
/// updateProject and getProject 00f291e5, filterProjectEnvs and requestPromote 2d9b1cd4, requestRollback 050277a1,
/// getDeployments 1cd79028, getDeployment, cancelDeployment, getProjectEnv and getRollingRelease 073e5ebc), members
/// against `src/models` (createprojectenvop.ts 0cf4b462, getdeploymentsop.ts 041c3a64, pagination.ts 8560bfd0) and
/// `docs/models` (getdeploymentsstate.md 6b5886d2). getProject names no 404 and answers with it all the same.
enum VercelSchemas {
  struct Operation {
    var name: String
    var method: String
    /// `:` matches any one part.
    var path: String
    var query: Set<String> = []
    var request: String?
    var answers: [Int: String]
    /// The statuses of refusals that the specification names; 429 comes with each.
    var refusals: Set<Int> = [400, 401, 403, 404]

    /// What an answer of this status has to look like; nil where none is named.
    func answer(_ status: Int) -> String? {
      status == 429 ? VercelSchemas.limited : refusals.contains(status) ? VercelSchemas.error : answers[status]
    }
  }

  static let operations = [
    Operation(name: "getProject", method: "GET", path: "v9/projects/:", answers: [200: project]),
    Operation(
      name: "updateProject", method: "PATCH", path: "v9/projects/:",
      request:
        #"{"type":"object","additionalProperties":false,"properties":{"autoAssignCustomDomains":{"type":"boolean"}}}"#,
      answers: [200: project], refusals: [400, 401, 402, 403, 404, 409, 428]),
    Operation(
      name: "filterProjectEnvs", method: "GET", path: "v10/projects/:/env",
      query: ["gitBranch", "decrypt", "source", "customEnvironmentId", "customEnvironmentSlug"],
      answers: [
        200: #"{"type":"object","required":["envs"],"properties":{"envs":{"type":"array","items":\#(variable)}}}"#
      ]
    ),
    Operation(name: "getProjectEnv", method: "GET", path: "v1/projects/:/env/:", answers: [200: variable]),
    Operation(
      name: "createProjectEnv", method: "POST", path: "v10/projects/:/env", query: ["upsert"],
      request: #"{"oneOf":[\#(newVariable),{"type":"array","items":\#(newVariable)}]}"#,
      answers: [201: createdVariables],
      refusals: [400, 401, 402, 403, 404, 409, 410]),
    Operation(
      name: "createDeployment", method: "POST", path: "v13/deployments",
      query: ["forceNew", "skipAutoDetectionConfirmation"], request: newDeployment, answers: [200: deployment],
      refusals: [400, 401, 402, 403, 404, 409, 410, 426]),
    Operation(name: "getDeployment", method: "GET", path: "v13/deployments/:", answers: [200: deployment]),
    Operation(
      name: "getDeployments", method: "GET", path: "v7/deployments",
      query: [
        "app", "branch", "from", "limit", "projectId", "projectIds", "rollbackCandidate", "sha", "since", "state",
        "target", "to", "until", "users",
      ], answers: [200: deployments], refusals: [400, 401, 403, 404, 422]),
    Operation(name: "cancelDeployment", method: "PATCH", path: "v12/deployments/:/cancel", answers: [200: deployment]),
    Operation(
      name: "requestPromote", method: "POST", path: "v10/projects/:/promote/:", request: #"{"type":"object"}"#,
      answers: [201: "{}", 202: "{}"], refusals: [400, 401, 403, 409]),
    Operation(
      name: "requestRollback", method: "POST", path: "v1/projects/:/rollback/:", query: ["description"],
      request: #"{"type":"object"}"#, answers: [201: "{}"], refusals: [400, 401, 402, 403, 409, 422]),
    Operation(
      name: "getRollingRelease", method: "GET", path: "v1/projects/:/rolling-release", query: ["state"],
      answers: [200: rollingRelease]),
    Operation(
      name: "getRollingReleaseConfig", method: "GET", path: "v1/projects/:/rolling-release/config",
      answers: [200: rollingConfiguration]),
    Operation(
      name: "getTeam", method: "GET", path: "v2/teams/:",
      answers: [
        200: #"""
        {"type":"object","properties":{"sensitiveEnvironmentVariablePolicy":
          {"type":["string","null"],"enum":["default","off","on",null]}}}
        """#
      ]),
  ]

  private static let newVariable = #"""
    {"type":"object","required":["key","value","type","target"],"additionalProperties":false,"properties":{
      "key":{"type":"string"},"value":{"type":"string"},
      "type":{"type":"string","enum":["system","secret","encrypted","plain","sensitive"]},
      "target":{"type":"array","items":{"type":"string","enum":["production","preview","development"]}},
      "gitBranch":{"type":["string","null"]},"comment":{"type":"string","maxLength":500},
      "customEnvironmentIds":{"type":"array","items":{"type":"string"}}}}
    """#

  private static let variable = #"""
    {"type":"object","required":["key","type","value"],"properties":{
      "id":{"type":"string"},"key":{"type":"string"},"value":{"type":"string"},
      "type":{"type":"string","enum":["system","secret","encrypted","plain","sensitive"]},
      "target":{"oneOf":[{"type":"array","items":{"type":"string"}},{"type":"string"}]},
      "createdAt":{"type":"number"},"updatedAt":{"type":"number"},"decrypted":{"type":"boolean"},
      "comment":{"type":"string"},"configurationId":{"type":["string","null"]},
      "customEnvironmentIds":{"type":"array","items":{"type":"string"}}}}
    """#

  private static let createdVariables = #"""
    {"type":"object","required":["created","failed"],"properties":{
      "created":{"oneOf":[\#(variable),{"type":"array","items":\#(variable)}]},
      "failed":{"type":"array","items":{"type":"object","required":["error"],"properties":{"error":
        {"type":"object","required":["code","message"],"properties":{"code":{"type":"string"},
          "message":{"type":"string"},"key":{"type":"string"},"envVarKey":{"type":"string"}}}}}}}}
    """#

  private static let newDeployment = #"""
    {"type":"object","required":["name"],"additionalProperties":false,"properties":{
      "deploymentId":{"type":"string"},"name":{"type":"string"},"project":{"type":"string"},
      "target":{"type":"string"},"customEnvironmentSlugOrId":{"type":"string"},"withLatestCommit":{"type":"boolean"},
      "meta":{"type":"object","additionalProperties":{"type":"string","maxLength":65536}}}}
    """#

  private static let states =
    #"{"type":"string","enum":["QUEUED","INITIALIZING","BUILDING","READY","ERROR","CANCELED","BLOCKED","DELETED"]}"#

  private static let shared = #"""
    "name":{"type":"string"},"url":{"type":"string"},"type":{"type":"string","enum":["LAMBDAS"]},
    "target":{"type":["string","null"]},"readyState":\#(states),
    "readySubstate":{"type":"string","enum":["STAGED","ROLLING","PROMOTED"]},
    "aliasAssigned":{"oneOf":[{"type":"number"},{"type":"boolean"},{"type":"null"}]},
    "aliasError":{"oneOf":[{"type":"null"},{"type":"object","required":["code","message"]}]},
    "meta":{"type":"object","additionalProperties":{"type":"string"}},"createdAt":{"type":"number"},
    "errorCode":{"type":"string"},"errorMessage":{"type":["string","null"]}
    """#

  private static let deployment = #"""
    {"type":"object","required":["aliasAssigned","bootedAt","build","buildSkipped","buildingAt","createdAt",
      "createdIn","creator","env","id","inspectorUrl","isInConcurrentBuildsQueue","isInSystemBuildsQueue","meta",
      "name","ownerId","plan","projectId","projectSettings","public","readyState","regions","routes","status","type",
      "url","version"],"properties":{"id":{"type":"string"},"status":\#(states),"version":{"type":"number","enum":[2]},
      "plan":{"type":"string","enum":["pro","enterprise","hobby"]},"creator":{"type":"object","required":["uid"]},
      "build":{"type":"object","required":["env"]},"projectId":{"type":"string"},\#(shared)}}
    """#

  private static let deployments = #"""
    {"type":"object","required":["deployments","pagination"],"properties":{
      "deployments":{"type":"array","items":{"type":"object",
        "required":["uid","name","projectId","url","created","type","creator","inspectorUrl"],
        "properties":{"uid":{"type":"string"},"created":{"type":"number"},"deleted":{"type":"number"},"state":\#(states),\#(shared)}}},
      "pagination":{"type":"object","required":["count","next","prev"],"properties":{"count":{"type":"number"},
        "next":{"type":["number","null"]},"prev":{"type":["number","null"]}}}}}
    """#

  private static let project = #"""
    {"type":"object","required":["accountId","directoryListing","id","name","nodeVersion","resourceConfig",
      "defaultResourceConfig","deploymentExpiration"],"properties":{"id":{"type":"string"},"name":{"type":"string"},
      "accountId":{"type":"string"},"autoAssignCustomDomains":{"type":"boolean"},
      "commandForIgnoringBuildStep":{"type":["string","null"]},
      "passwordProtection":{"oneOf":[{"type":"null"},{"type":"object"}]},
      "ssoProtection":{"oneOf":[{"type":"null"},{"type":"object","required":["deploymentType"],"properties":{
        "deploymentType":{"type":"string",
          "enum":["preview","all","prod_deployment_urls_and_all_previews","all_except_custom_domains"]}}}]},
      "targets":{"type":"object","additionalProperties":{"type":["object","null"],"properties":{"id":{"type":"string"}}}},
      "lastAliasRequest":{"oneOf":[{"type":"null"},{"type":"object",
        "required":["fromDeploymentId","toDeploymentId","jobStatus","requestedAt","type"],"properties":{
        "fromDeploymentId":{"type":["string","null"]},"toDeploymentId":{"type":"string"},
        "jobStatus":{"type":"string","enum":["succeeded","failed","skipped","pending","in-progress"]},
        "requestedAt":{"type":"number"},"type":{"type":"string","enum":["promote","rollback"]}}}]}}}
    """#

  private static let rollingConfiguration = #"""
    {"type":"object","required":["rollingRelease"],"properties":{"rollingRelease":{"oneOf":[{"type":"null"},
      {"type":"object","required":["target"],"properties":{"target":{"type":"string"},
        "stages":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"object","required":["targetPercentage"],
          "properties":{"targetPercentage":{"type":"number"},"requireApproval":{"type":"boolean"},
            "duration":{"type":"number"},"linearShift":{"type":"boolean"}}}}]}}}]}}}
    """#

  private static let rollingDeployment = #"""
    {"oneOf":[{"type":"null"},{"type":"object","required":["id","name","url","source","createdAt","readyState"],
      "properties":{"id":{"type":"string"},"name":{"type":"string"},"url":{"type":"string"},
        "target":{"type":["string","null"]},"createdAt":{"type":"number"},"readyState":\#(states),
        "readyStateAt":{"type":"number"}}}]}
    """#

  private static let rollingStage = #"""
    {"oneOf":[{"type":"null"},{"type":"object",
      "required":["index","isFinalStage","targetPercentage","requireApproval","duration"],
      "properties":{"index":{"type":"number"},"isFinalStage":{"type":"boolean"},"targetPercentage":{"type":"number"},
        "requireApproval":{"type":"boolean"},"duration":{"type":["number","null"]}}}]}
    """#

  private static let rollingRelease = #"""
    {"type":"object","required":["rollingRelease"],"properties":{"rollingRelease":{"oneOf":[{"type":"null"},
      {"type":"object","required":["state","substate","currentDeployment","canaryDeployment","queuedDeploymentId",
        "advancementType","stages","activeStage","nextStage","startedAt","updatedAt"],"properties":{
        "state":{"type":"string","enum":["ACTIVE","COMPLETE","ABORTED"]},
        "advancementType":{"type":"string","enum":["automatic","manual-approval"]},
        "queuedDeploymentId":{"type":["string","null"]},"currentDeployment":\#(rollingDeployment),
        "canaryDeployment":\#(rollingDeployment),"stages":{"type":"array","items":\#(rollingStage)},
        "activeStage":\#(rollingStage),"nextStage":\#(rollingStage),"startedAt":{"type":"number"},
        "updatedAt":{"type":"number"}}}]}}}
    """#

  fileprivate static let limited = #"""
    {"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["code","message"],
      "properties":{"code":{"type":"string"},"message":{"type":"string"},"limit":{"type":"object",
        "required":["remaining","reset","resetMs","total"]}}}}}
    """#

  fileprivate static let error = #"""
    {"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["code","message"],
      "properties":{"code":{"type":"string"},"message":{"type":"string"}}}}}
    """#
}
