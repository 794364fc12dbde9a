internal import Foundation
internal import RotationCore

/// The calls of Vercel's REST API that a rotation needs (vercel.com/docs/rest-api), each under the path and version of
/// the official specification. A call is sent once; only looking, and what a rate limit kept out, is repeated.
struct VercelAPI: Sendable {
  static let neighbour = "Vercel"

  let settings: Runbook.Vercel
  let transport: HTTPTransport
  let clock: any WallClock
  let gate: any CallGate
  /// From 0 up to 1, anew each time.
  let chance: @Sendable () -> Double

  // MARK: Looking

  func project() async throws -> VercelProject {
    do { return try VercelProject(await look("/v9/projects/\(Self.segment(settings.project))")) } catch {
      throw advised(error)
    }
  }

  /// The variables that production reads, values left out.
  func variables() async throws -> [VercelVariable] {
    let answer: JSONValue
    do { answer = try await look("/v10/projects/\(Self.segment(settings.project))/env") } catch { throw advised(error) }
    guard let listed = answer["envs"]?.array else { throw Self.trouble(.unusableAnswer, "answered without envs") }
    if let next = answer["pagination"]?["next"], next != .null {
      // The specification has no way to ask for the rest of them.
      throw Self.trouble(.unusableAnswer, "shows only the first \(listed.count) of the project's variables")
    }
    if let hidden = answer["hiddenProductionEnvCount"]?.integer, hidden > 0 {
      throw Self.trouble(
        .rejected, "does not show \(hidden) of production's variables to this token: give one that may see them")
    }
    return listed.compactMap(VercelVariable.init).filter { $0.targets.contains("production") }
  }

  /// The two of them that hold the pair.
  func pairVariables() async throws -> [VercelVariable] {
    try await variables().filter(isOfPair)
  }

  func isOfPair(_ variable: VercelVariable) -> Bool {
    [settings.variables.kid, settings.variables.privateKey].contains(variable.key)
  }

  /// The value of a variable that is not sensitive; nil where this token is given it sealed.
  func value(of variable: VercelVariable) async throws -> SecretBytes? {
    let path = "/v1/projects/\(Self.segment(settings.project))/env/\(Self.segment(variable.id))"
    let answer = try await look(path)
    guard answer["decrypted"] != .bool(false) else { return nil }
    return answer["value"]?.string.map { SecretBytes(utf8: $0) }
  }

  func deployment(_ id: String) async throws -> VercelDeployment {
    try VercelDeployment(await look("/v13/deployments/\(Self.segment(id))"))
  }

  /// Newest first; the last hundred of production.
  func deployments(of project: VercelProject) async throws -> [VercelDeployment] {
    let answer = try await look(
      "/v7/deployments", ["projectId": project.id, "target": "production", "limit": "100"])
    return try (answer["deployments"]?.array ?? []).map(VercelDeployment.init).sorted { $0.created > $1.created }
  }

  /// Whether the team makes every new variable sensitive.
  func teamForcesSensitive() async throws -> Bool {
    guard let team = settings.team else { return false }
    return try await look("/v2/teams/\(Self.segment(team))")["sensitiveEnvironmentVariablePolicy"]?.string == "on"
  }

  /// How far the project releases a deployment step by step, so that two of them serve at once.
  func rollingRelease(of project: VercelProject) async throws -> VercelRolling? {
    let path = "/v1/projects/\(Self.segment(project.id))/rolling-release"
    if let active = try await look(path, ["state": "ACTIVE"])["rollingRelease"]?.object {
      return .active(canary: active["canaryDeployment"]?["id"]?.string)
    }
    return try await look(path + "/config")["rollingRelease"]?.object == nil ? nil : .configured
  }

  /// A token that ended, and a project of another team, are both told as one that is not there or not permitted.
  private func advised(_ error: any Error) -> any Error {
    guard var trouble = error as? NeighbourTrouble, let status = trouble.status, [401, 403, 404].contains(status) else {
      return error
    }
    trouble.detail +=
      "; see that the token is valid still, that project is right, and "
      + (settings.team.map { "that the token reaches team \($0)" } ?? "give team if the project belongs to one")
    return trouble
  }

  // MARK: Acting, once each

  /// `look` comes right before each of five tries: whoever kept one out may have written meanwhile.
  func upsert(_ items: [JSONValue], after look: () async throws -> Void) async throws -> JSONValue {
    let path = "/v10/projects/\(Self.segment(settings.project))/env"
    func send() async throws -> JSONValue { try await sendOnce(.post, path, ["upsert": "true"], .array(items)) }
    for tried in 1..<Self.tries {
      try await look()
      do { return try await send() } catch let trouble as NeighbourTrouble where trouble.kind == .rateLimited {
        try await pause(after: trouble)
      } catch let trouble as NeighbourTrouble where trouble.status == 400 && trouble.detail.contains("ongoing") {
        // Another change of the project's variables is under way for a moment: nothing was taken.
        try await clock.sleep(until: clock.now() + .seconds(1 << tried))
      }
    }
    try await look()
    return try await send()
  }

  func redeploy(_ source: String, of project: VercelProject, meta: [String: String]) async throws -> VercelDeployment {
    let body: JSONValue = [
      "deploymentId": .string(source), "name": .string(project.name), "project": .string(project.id),
      "target": "production",
      "meta": .object(meta.merging(["action": "redeploy"]) { own, _ in own }.mapValues(JSONValue.string)),
    ]
    return try VercelDeployment(await send(.post, "/v13/deployments", ["forceNew": "1"], body))
  }

  func promote(_ deployment: String, in project: VercelProject) async throws {
    _ = try await send(
      .post, "/v10/projects/\(Self.segment(project.id))/promote/\(Self.segment(deployment))", [:], .object([:]))
  }

  func rollBack(to deployment: String, in project: VercelProject) async throws {
    _ = try await send(
      .post, "/v1/projects/\(Self.segment(project.id))/rollback/\(Self.segment(deployment))", [:], .object([:]))
  }

  func setAutoAssign(_ isOn: Bool, of project: VercelProject) async throws {
    _ = try await send(
      .patch, "/v9/projects/\(Self.segment(project.id))", [:], ["autoAssignCustomDomains": .bool(isOn)])
  }

  func cancel(_ deployment: String) async throws {
    _ = try await send(.patch, "/v12/deployments/\(Self.segment(deployment))/cancel", [:], nil)
  }

  /// A deploy hook: a secret address that takes no body and answers with a job.
  func callHook(_ url: SecretString) async throws {
    _ = try await patiently {
      try gate.enter()
      var call = HTTPCall.post(url.reveal(), Data(), as: "application/json")
      call.readable = [429]
      let answer = try await transport.send(call, to: "the deploy hook")
      if answer.status == 429 { throw refusal(answer) }
      guard answer.isSuccess else { throw Self.trouble(.rejected, "the deploy hook answered \(answer.status)") }
      try gate.leave()
      return JSONValue.null
    }
  }

  // MARK: Sending

  /// As the official client polls: five tries; a 503 waits as told and a while more, other troubles 5 s.
  private func look(_ path: String, _ query: [String: String] = [:]) async throws -> JSONValue {
    for _ in 1..<Self.tries {
      do { return try await send(.get, path, query, nil) } catch let trouble as NeighbourTrouble
        where trouble.kind != .rejected && trouble.kind != .rateLimited
      {
        try await pause(after: trouble)
      }
    }
    return try await send(.get, path, query, nil)
  }

  /// What a rate limit kept out did nothing: it is sent again when Vercel says, five times in all.
  private func patiently(_ send: () async throws -> JSONValue) async throws -> JSONValue {
    for _ in 1..<Self.tries {
      do { return try await send() } catch let trouble as NeighbourTrouble where trouble.kind == .rateLimited {
        try await pause(after: trouble)
      }
    }
    return try await send()
  }

  private static let tries = 5
  /// The official client's, in seconds.
  private static let pauses = 5...60
  /// What it adds at most, by chance, where Vercel has too much to do: so that those it told the same come apart.
  private static let skew = 30.0

  private func pause(after trouble: NeighbourTrouble) async throws {
    let (least, most) = (Duration.seconds(Self.pauses.lowerBound), Duration.seconds(Self.pauses.upperBound))
    let isBusy = trouble.status == 429 || trouble.status == 503
    let skew = isBusy ? Duration.seconds(Self.skew * chance()) : .zero
    try await clock.sleep(until: clock.now() + min(max(trouble.retryAfter ?? least, least), most) + skew)
  }

  private func send(_ method: HTTPCall.Method, _ path: String, _ query: [String: String], _ body: JSONValue?)
    async throws -> JSONValue
  {
    try await patiently { try await sendOnce(method, path, query, body) }
  }

  private func sendOnce(_ method: HTTPCall.Method, _ path: String, _ query: [String: String], _ body: JSONValue?)
    async throws -> JSONValue
  {
    var items = query
    if let team = settings.team { items[team.hasPrefix("team_") ? "teamId" : "slug"] = team }
    let text = items.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.segment($0.value))" }.joined(separator: "&")
    let url = settings.api + path + (text.isEmpty ? "" : "?" + text)
    var call = method == .get ? HTTPCall.get(url) : .post(url, body?.canonical ?? Data(), as: "application/json")
    call.method = method
    call.readable = [429]
    try gate.enter()
    let answer = try await transport.send(call.bearing(settings.token), to: Self.neighbour)
    guard answer.isSuccess else { throw refusal(answer) }
    let value = answer.body.isEmpty ? .null : try answer.json(from: Self.neighbour)
    try gate.leave()
    return value
  }

  /// `{"error":{"code","message"}}`. The body is never told as a whole: it may repeat the value that was sent.
  private func refusal(_ answer: HTTPAnswer) -> NeighbourTrouble {
    let error = (try? answer.json(from: Self.neighbour))?["error"]
    let code = error?["code"]?.string ?? ""
    let message = Redaction.line(error?["message"]?.string ?? "", limit: 300)
    var detail =
      "answered \(answer.status)" + (code.isEmpty ? "" : " \(Redaction.line(code, limit: 60))")
      + (message.isEmpty ? "" : ": \(message)")
    if code.hasPrefix("challenge_required") || code == "user_auth_required" {
      detail += "; it asks for a person: give a token that needs no second step"
    }
    guard answer.status == 429 else {
      return NeighbourTrouble(neighbour: Self.neighbour, kind: .rejected, detail: detail, status: answer.status)
    }
    let reset = Self.reset(answer, error)
    if let reset { detail += "; it takes more calls from \(reset.iso8601)" }
    let now = answer.date ?? clock.now()
    return NeighbourTrouble(
      neighbour: Self.neighbour, kind: .rateLimited, detail: detail, status: 429,
      retryAfter: RetryAfter.parse(answer.headers["retry-after"], within: Self.pauses, now: now)
        ?? reset.map { .seconds(max($0.timeIntervalSince(now).rounded(.up), 0)) })
  }

  /// When the next call may go out: `X-RateLimit-Reset`, or `error.limit.reset`, in seconds since 1970.
  private static func reset(_ answer: HTTPAnswer, _ error: JSONValue?) -> Date? {
    let seconds = answer.headers["x-ratelimit-reset"].flatMap(Int64.init) ?? error?["limit"]?["reset"]?.integer
    return seconds.flatMap { (0...253_402_300_799).contains($0) ? Date(timeIntervalSince1970: Double($0)) : nil }
  }

  static func trouble(_ kind: NeighbourTrouble.Kind, _ detail: String) -> NeighbourTrouble {
    NeighbourTrouble(neighbour: neighbour, kind: kind, detail: detail)
  }

  private static let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

  private static func segment(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
  }
}
