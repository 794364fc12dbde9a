/// The parts of Vercel's official OpenAPI specification that the calls of a rotation touch, written down by hand: for each
/// operation the query it takes, the body it asks for, the members that its answer must have and may have, with their
/// types, and the statuses of its refusals. Members that neither side of a call names are left out, and what is left out
/// is not let through: an object knows its `properties` alone.
///
/// Taken from github.com/vercel/sdk, `vercel-spec.json` at 1aada4a8c, and held against the client that is generated from
/// later ones: requests, statuses and paths against `src/funcs` (createProjectEnv 29b9d74a, createDeployment 18e4a1d4,
/// updateProject and getProject 00f291e5, filterProjectEnvs and requestPromote 2d9b1cd4, requestRollback 050277a1,
/// getDeployments 1cd79028, getDeployment, cancelDeployment, getProjectEnv and getRollingRelease 073e5ebc), every member
/// against `src/models` (createprojectenvop.ts 0cf4b462, getdeploymentsop.ts 041c3a64, pagination.ts 8560bfd0,
/// getdeploymentresponsebody1.ts 1badd610, createdeploymentresponsebody.ts 00f291e5, canceldeploymentresponsebody.ts
/// 142fa1bd, getprojectresponsebody.ts 01644a7c, updateprojectresponsebody.ts 00f291e5, getrollingreleaseop.ts 06cfd6b3,
/// getrollingreleaseconfigop.ts 268484f8, getteamop.ts 0c1e34a2, team.ts 0052f9a3) and `docs/models`
/// (getdeploymentsreadystate.md 6b5886d2, readystate.md 18e4a1d4, deploymentalias.md 2d3f149e, responsebodyenvs.md
/// 03757ed7, filterprojectenvsresponsebody3.md 9b95715e, getprojectenvresponsebody3.md 2d9b1cd4, getprojecttargets.md
/// 00f291e5, getprojectlastaliasrequest.md 291297a1, updateprojectrequestbody.md 03c26f70, createdeploymentrequestbody.md
/// 1badd610, membership.md 0f49185a). getProject names no 404 and answers with it all the same; promote and rollback name
/// no body, and the official command line sends an empty one.
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
      request: #"{"type":"object","properties":{"autoAssignCustomDomains":{"type":"boolean"}}}"#,
      answers: [200: project], refusals: [400, 401, 402, 403, 404, 409, 428]),
    Operation(
      name: "filterProjectEnvs", method: "GET", path: "v10/projects/:/env",
      query: ["gitBranch", "decrypt", "source", "customEnvironmentId", "customEnvironmentSlug"],
      answers: [200: variables]),
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
    Operation(
      name: "getDeployment", method: "GET", path: "v13/deployments/:", answers: [200: deployment],
      refusals: [400, 401, 403, 404, 410]),
    Operation(
      name: "getDeployments", method: "GET", path: "v7/deployments",
      query: [
        "app", "branch", "from", "limit", "projectId", "projectIds", "rollbackCandidate", "sha", "since", "state",
        "target", "to", "until", "users",
      ], answers: [200: deployments], refusals: [400, 401, 403, 404, 422]),
    Operation(name: "cancelDeployment", method: "PATCH", path: "v12/deployments/:/cancel", answers: [200: deployment]),
    Operation(
      name: "requestPromote", method: "POST", path: "v10/projects/:/promote/:", request: nothing,
      answers: [201: nothing, 202: nothing], refusals: [400, 401, 403, 409]),
    Operation(
      name: "requestRollback", method: "POST", path: "v1/projects/:/rollback/:", query: ["description"],
      request: nothing, answers: [201: nothing], refusals: [400, 401, 402, 403, 409, 422]),
    Operation(
      name: "getRollingRelease", method: "GET", path: "v1/projects/:/rolling-release", query: ["state"],
      answers: [200: rollingRelease]),
    Operation(
      name: "getRollingReleaseConfig", method: "GET", path: "v1/projects/:/rolling-release/config",
      answers: [200: rollingConfiguration]),
    Operation(name: "getTeam", method: "GET", path: "v2/teams/:", answers: [200: team]),
  ]

  /// A body with nothing in it.
  private static let nothing = #"{"type":"object","properties":{}}"#

  private static let newVariable = #"""
    {"type":"object","required":["key","value","type","target"],"properties":{
      "key":{"type":"string"},"value":{"type":"string"},
      "type":{"type":"string","enum":["system","encrypted","plain","sensitive"]},
      "target":{"type":"array","items":\#(environment)},"gitBranch":{"type":["string","null"]},
      "comment":{"type":"string","maxLength":500},"customEnvironmentIds":{"type":"array","items":{"type":"string"}},
      "visibility":{"type":"string","enum":["config","secret"]}}}
    """#

  private static let environment = #"{"type":"string","enum":["production","preview","development"]}"#

  private static let variable =
    #"{"type":"object","required":["key","type","value"],"properties":{\#(variableMembers)}}"#

  private static let variableMembers = #"""
    "id":{"type":"string"},"key":{"type":"string"},"value":{"type":"string"},
    "type":{"type":"string","enum":["system","secret","encrypted","plain","sensitive"]},
    "target":{"oneOf":[{"type":"array","items":\#(environment)},\#(environment)]},
    "createdAt":{"type":"number"},"updatedAt":{"type":"number"},"decrypted":{"type":"boolean"},
    "comment":{"type":"string"},"configurationId":{"type":["string","null"]},
    "customEnvironmentIds":{"type":"array","items":{"type":"string"}},
    "visibility":{"type":"string","enum":["config","secret"]}
    """#

  private static let listedVariable = #"""
    {"type":"object","required":["key","type","value","securityIssues"],"properties":{
      "securityIssues":{"type":"array",
        "items":{"type":"string","enum":["flags-secret-needs-split","readable-secret"]}},\#(variableMembers)}}
    """#

  /// In pages, or with the number of variables that the token may not see.
  private static let variables = #"""
    {"oneOf":[
      {"type":"object","required":["envs","pagination"],"properties":{
        "envs":{"type":"array","items":\#(listedVariable)},"pagination":\#(pagination)}},
      {"type":"object","required":["envs","hiddenProductionEnvCount"],"properties":{
        "envs":{"type":"array","items":\#(listedVariable)},"hiddenProductionEnvCount":{"type":"number"}}}]}
    """#

  private static let pagination = #"""
    {"type":"object","required":["count","next","prev"],"properties":{"count":{"type":"number"},
      "next":{"type":["number","null"]},"prev":{"type":["number","null"]}}}
    """#

  private static let createdVariables = #"""
    {"type":"object","required":["created","failed"],"properties":{
      "created":{"oneOf":[\#(variable),{"type":"array","items":\#(variable)}]},
      "failed":{"type":"array","items":{"type":"object","required":["error"],"properties":{"error":
        {"type":"object","required":["code","message"],"properties":{"code":{"type":"string"},
          "message":{"type":"string"},"key":{"type":"string"},"envVarId":{"type":"string"},
          "envVarKey":{"type":"string"},"target":{"oneOf":[{"type":"array","items":\#(environment)},\#(environment)]}
        }}}}}}}
    """#

  private static let newDeployment = #"""
    {"type":"object","required":["name"],"properties":{
      "deploymentId":{"type":"string"},"name":{"type":"string"},"project":{"type":"string"},
      "target":{"type":"string"},"customEnvironmentSlugOrId":{"type":"string"},"withLatestCommit":{"type":"boolean"},
      "meta":{"type":"object","additionalProperties":{"type":"string","maxLength":65536}}}}
    """#

  private static let states =
    #"{"type":"string","enum":["QUEUED","INITIALIZING","BUILDING","READY","ERROR","CANCELED","BLOCKED"]}"#

  /// The list alone shows what was deleted.
  private static let listedStates =
    #"{"type":"string","enum":["QUEUED","INITIALIZING","BUILDING","READY","ERROR","CANCELED","BLOCKED","DELETED"]}"#

  /// What a deployment is called alike by itself and in the list.
  private static let shared = #"""
    "name":{"type":"string"},"projectId":{"type":"string"},"url":{"type":"string"},
    "type":{"type":"string","enum":["LAMBDAS"]},"target":{"type":["string","null"],"enum":["production","staging",null]},
    "inspectorUrl":{"type":["string","null"]},"ready":{"type":"number"},
    "creator":{"type":"object","required":["uid"],"properties":{"uid":{"type":"string"},"username":{"type":"string"}}},
    "readySubstate":{"type":"string","enum":["STAGED","ROLLING","PROMOTED"]},
    "aliasError":{"oneOf":[{"type":"null"},{"type":"object","required":["code","message"],
      "properties":{"code":{"type":"string"},"message":{"type":"string"}}}]},
    "checksState":{"type":"string","enum":["registered","running","completed"]},
    "checksConclusion":{"type":"string","enum":["succeeded","failed","skipped","canceled"]},
    "checks":{"type":"object","required":["deployment-alias"],"properties":{"deployment-alias":{"type":"object",
      "required":["state","startedAt"],"properties":{"state":{"type":"string","enum":["succeeded","failed","pending"]},
        "startedAt":{"type":"number"},"completedAt":{"type":"number"}}}}},
    "meta":{"type":"object","additionalProperties":{"type":"string"}},"createdAt":{"type":"number"}
    """#

  private static let deployment = #"""
    {"type":"object","required":["aliasAssigned","bootedAt","build","buildSkipped","buildingAt","createdAt",
      "createdIn","creator","env","id","inspectorUrl","isInConcurrentBuildsQueue","isInSystemBuildsQueue","meta",
      "name","ownerId","plan","projectId","projectSettings","public","readyState","regions","routes","status","type",
      "url","version"],"properties":{"id":{"type":"string"},"status":\#(states),"readyState":\#(states),
      "version":{"type":"number","enum":[2]},"plan":\#(plan),"ownerId":{"type":"string"},"createdIn":{"type":"string"},
      "build":{"type":"object","required":["env"],"properties":{"env":{"type":"array","items":{"type":"string"}}}},
      "env":{"type":"array","items":{"type":"string"}},"regions":{"type":"array","items":{"type":"string"}},
      "routes":{"type":["array","null"],"items":{"type":"object"}},"projectSettings":{"type":"object","properties":{}},
      "aliasAssigned":{"type":"boolean"},"aliasAssignedAt":{"type":["number","boolean","null"]},
      "bootedAt":{"type":"number"},"buildingAt":{"type":"number"},"buildSkipped":{"type":"boolean"},
      "isInConcurrentBuildsQueue":{"type":"boolean"},"isInSystemBuildsQueue":{"type":"boolean"},
      "public":{"type":"boolean"},"errorCode":{"type":"string"},"errorMessage":{"type":["string","null"]},
      "readyStateReason":{"type":"string"},\#(shared)}}
    """#

  private static let plan = #"{"type":"string","enum":["pro","enterprise","hobby"]}"#

  private static let deployments = #"""
    {"type":"object","required":["deployments","pagination"],"properties":{
      "deployments":{"type":"array","items":{"type":"object",
        "required":["uid","name","projectId","url","created","type","creator","inspectorUrl"],
        "properties":{"uid":{"type":"string"},"created":{"type":"number"},"deleted":{"type":"number"},
          "state":\#(listedStates),"readyState":\#(listedStates),"aliasAssigned":{"type":["number","boolean","null"]},
          \#(shared)}}},
      "pagination":\#(pagination)}}
    """#

  private static let project = #"""
    {"type":"object","required":["accountId","alias","directoryListing","id","name","nodeVersion","resourceConfig",
      "defaultResourceConfig","deploymentExpiration"],"properties":{"id":{"type":"string"},"name":{"type":"string"},
      "accountId":{"type":"string"},"alias":{"type":"array"},"autoAssignCustomDomains":{"type":"boolean"},
      "commandForIgnoringBuildStep":{"type":["string","null"]},"directoryListing":{"type":"boolean"},
      "nodeVersion":{"type":"string","enum":["26.x","24.x","22.x","20.x","18.x","16.x","14.x","12.x","10.x","8.10.x"]},
      "resourceConfig":\#(resources),"defaultResourceConfig":\#(resources),
      "deploymentExpiration":{"type":"object","properties":{}},
      "passwordProtection":{"oneOf":[{"type":"null"},{"type":"object","additionalProperties":{}}]},
      "ssoProtection":{"oneOf":[{"type":"null"},{"type":"object","required":["deploymentType"],"properties":{
        "deploymentType":{"type":"string",
          "enum":["preview","all","prod_deployment_urls_and_all_previews","all_except_custom_domains"]}}}]},
      "targets":{"type":"object","properties":{"production":{"oneOf":[{"type":"null"},\#(target)]}}},
      "lastAliasRequest":{"oneOf":[{"type":"null"},{"type":"object",
        "required":["fromDeploymentId","toDeploymentId","jobStatus","requestedAt","type"],"properties":{
        "fromDeploymentId":{"type":["string","null"]},"toDeploymentId":{"type":"string"},
        "jobStatus":{"type":"string","enum":["succeeded","failed","skipped","pending","in-progress"]},
        "requestedAt":{"type":"number"},"type":{"type":"string","enum":["promote","rollback"]}}}]}}}
    """#

  private static let resources = #"""
    {"type":"object","required":["functionDefaultRegions"],"properties":{
      "functionDefaultRegions":{"type":"array","items":{"type":"string"}}}}
    """#

  private static let target = #"""
    {"type":"object","required":["id","createdAt","createdIn","creator","deploymentHostname","name","plan","private",
      "readyState","type","url","userId"],"properties":{"id":{"type":"string"},"createdAt":{"type":"number"},
      "createdIn":{"type":"string"},"creator":{"type":"object","required":["email","uid","username"],"properties":{
        "email":{"type":"string"},"uid":{"type":"string"},"username":{"type":"string"}}},
      "deploymentHostname":{"type":"string"},"name":{"type":"string"},"plan":\#(plan),"private":{"type":"boolean"},
      "readyState":\#(states),"type":{"type":"string","enum":["LAMBDAS"]},"url":{"type":"string"},
      "userId":{"type":"string"}}}
    """#

  private static let team = #"""
    {"type":"object","required":["avatar","createdAt","creatorId","description","id","membership","name","slug",
      "stagingPrefix","updatedAt"],"properties":{"id":{"type":"string"},"slug":{"type":"string"},
      "name":{"type":["string","null"]},"avatar":{"type":["string","null"]},"description":{"type":["string","null"]},
      "creatorId":{"type":"string"},"stagingPrefix":{"type":"string"},"createdAt":{"type":"number"},
      "updatedAt":{"type":"number"},"membership":{"type":"object",
        "required":["confirmed","confirmedAt","role","createdAt","created"],"properties":{
        "confirmed":{"type":"boolean"},"confirmedAt":{"type":"number"},"role":{"type":"string"},
        "createdAt":{"type":"number"},"created":{"type":"number"}}},
      "sensitiveEnvironmentVariablePolicy":{"type":["string","null"],"enum":["default","off","on",null]}}}
    """#

  private static let rollingConfiguration = #"""
    {"type":"object","required":["rollingRelease"],"properties":{"rollingRelease":{"oneOf":[{"type":"null"},
      {"type":"object","required":["target"],"properties":{"target":{"type":"string"},
        "stages":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"object","required":["targetPercentage"],
          "properties":{"targetPercentage":{"type":"number"},"requireApproval":{"type":"boolean"},
            "duration":{"type":"number"},"linearShift":{"type":"boolean"}}}}]}}}]}}}
    """#

  private static let rollingDeployment = #"""
    {"oneOf":[{"type":"null"},{"type":"object","required":["id","name","url","createdAt","readyState"],
      "properties":{"id":{"type":"string"},"name":{"type":"string"},"url":{"type":"string"},
        "target":{"type":["string","null"],"enum":["production","staging",null]},"createdAt":{"type":"number"},
        "readyState":\#(states),"readyStateAt":{"type":"number"},"source":{"type":"string","enum":["import",
          "api-trigger-git-deploy","cli","clone/repo","git","import/repo","redeploy","v0-web"]}}}]}
    """#

  private static let rollingStage = #"""
    {"type":"object","required":["index","isFinalStage","targetPercentage","requireApproval","duration"],
      "properties":{"index":{"type":"number"},"isFinalStage":{"type":"boolean"},"targetPercentage":{"type":"number"},
        "requireApproval":{"type":"boolean"},"duration":{"type":["number","null"]},"linearShift":{"type":"boolean"}}}
    """#

  private static let rollingRelease = #"""
    {"type":"object","required":["rollingRelease"],"properties":{"rollingRelease":{"oneOf":[{"type":"null"},
      {"type":"object","required":["state","substate","currentDeployment","canaryDeployment","queuedDeploymentId",
        "advancementType","stages","activeStage","nextStage","startedAt","updatedAt"],"properties":{
        "state":{"type":"string","enum":["ACTIVE","COMPLETE","ABORTED"]},
        "substate":{"type":["string","null"],"enum":["PAUSED",null]},
        "advancementType":{"type":"string","enum":["automatic","manual-approval"]},
        "queuedDeploymentId":{"type":["string","null"]},"currentDeployment":\#(rollingDeployment),
        "canaryDeployment":\#(rollingDeployment),"stages":{"type":"array","items":\#(rollingStage)},
        "activeStage":{"oneOf":[{"type":"null"},\#(rollingStage)]},
        "nextStage":{"oneOf":[{"type":"null"},\#(rollingStage)]},"startedAt":{"type":"number"},
        "updatedAt":{"type":"number"}}}]}}}
    """#

  fileprivate static let limited = #"""
    {"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["code","message"],
      "properties":{"code":{"type":"string"},"message":{"type":"string"},"limit":{"type":"object",
        "required":["remaining","reset","resetMs","total"],"properties":{"remaining":{"type":"number"},
          "reset":{"type":"number"},"resetMs":{"type":"number"},"total":{"type":"number"}}}}}}}
    """#

  fileprivate static let error = #"""
    {"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["code","message"],
      "properties":{"code":{"type":"string"},"message":{"type":"string"}}}}}
    """#
}
