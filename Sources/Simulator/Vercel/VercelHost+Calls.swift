internal import Foundation
internal import RotationCore

/// One call of Vercel's API, taken apart.
struct VercelCall: Sendable {
  var method: String
  /// Behind the base address: `["v10", "projects", "rehearsal-app", "env"]`.
  var path: [String]
  var query: [String: String]
  var authorization: String?
  var body: Data

  /// What fault plans and the call log call it.
  var route: SimulatorRoute {
    if method == "GET" { return .vercelRead }
    if path.first == "hook" || path.dropFirst().first == "deployments" && path.count == 2 { return .vercelDeploy }
    return path.last == "env" ? .vercelEnvironment : .vercelTraffic
  }
}

extension VercelHost {
  /// `base` is the address that the immutable addresses begin with, without a scheme: `127.0.0.1:8080`.
  func answer(_ call: VercelCall, base: String) -> SimulatedAnswer {
    with { state, now in
      if call.path.first == "hook" { return state.hook(call, now) }
      let answer =
        state.turnedAway(call) ?? state.limit(call).map(SimulatedAnswer.vercelLimited)
        ?? state.dispatch(call, base: base, now)
      state.note(call, answer)
      return answer
    }
  }
}

extension SimulatedAnswer {
  static func vercelError(_ status: Int, _ code: String, _ message: String) -> SimulatedAnswer {
    SimulatedAnswer(status: status, json: ["error": ["code": .string(code), "message": .string(message)]])
  }

  static func vercelLimited(_ limit: VercelHost.Limit) -> SimulatedAnswer {
    var error: [String: JSONValue] = ["code": "rate_limited", "message": "The rate limit of 6 exceeded"]
    var headers: [String: String] = [:]
    switch limit {
    case .seconds(let seconds): headers["Retry-After"] = "\(seconds)"
    case .date(let date): headers["Retry-After"] = date.httpDate
    case .resetHeader(let date): headers["X-RateLimit-Reset"] = "\(Int(date.timeIntervalSince1970))"
    case .resetMember(let date):
      error["limit"] = [
        "remaining": 0, "reset": .integer(Int64(date.timeIntervalSince1970)), "resetMs": .integer(date.milliseconds),
        "total": 6,
      ]
    case .nothing: break
    }
    return SimulatedAnswer(status: 429, json: ["error": .object(error)], headers: headers)
  }
}

extension VercelState {
  /// Another's token, or a team's project without the team.
  func turnedAway(_ call: VercelCall) -> SimulatedAnswer? {
    guard call.authorization == "Bearer \(settings.token)" else {
      return .vercelError(403, "forbidden", "Not authorized")
    }
    guard let team = settings.team, call.query["teamId"] != team, call.query["slug"] != team else { return nil }
    return .vercelError(404, "not_found", "Project not found")
  }

  mutating func dispatch(_ call: VercelCall, base: String, _ now: Date) -> SimulatedAnswer {
    let rest = call.path.dropFirst().map { isProject($0) ? ":project" : $0 }
    if rest.count > 1, rest.first == "projects", rest[1] != ":project" { return Self.unknown("project") }
    switch (call.method, rest.count, rest.first) {
    case ("GET", 2, "projects") where rest[1] == ":project": return SimulatedAnswer(json: projectDocument(now))
    case ("PATCH", 2, "projects") where rest[1] == ":project": return edit(call.body, now)
    case ("GET", 3, "projects") where rest[2] == "rolling-release":
      return SimulatedAnswer(json: rollingDocument(now))
    case ("GET", 4, "projects") where rest[2] == "rolling-release" && rest[3] == "config":
      return SimulatedAnswer(json: rollingConfiguration)
    case ("GET", 3, "projects") where rest[2] == "env": return SimulatedAnswer(json: variablesDocument)
    case ("GET", 4, "projects") where rest[2] == "env": return variable(rest[3])
    case ("POST", 3, "projects") where rest[2] == "env": return write(call, now)
    case ("POST", 4, "projects") where rest[2] == "promote" || rest[2] == "rollback":
      return move(rest[2], to: rest[3], now)
    case ("POST", 1, "deployments"): return redeploy(call, base: base, now)
    case ("GET", 1, "deployments"): return list(call.query, base: base, now)
    case ("GET", 2, "deployments"):
      guard let record = present(rest[1]) else { return Self.unknown("deployment") }
      return SimulatedAnswer(json: document(of: record, base: base, now))
    case ("PATCH", 3, "deployments") where rest[2] == "cancel": return cancel(rest[1], base: base, now)
    case ("GET", 2, "teams"): return SimulatedAnswer(json: teamDocument(rest[1], now))
    default: return Self.unknown("route")
    }
  }

  private func isProject(_ text: String) -> Bool { text == settings.project || text == "prj_1" }

  static func unknown(_ what: String) -> SimulatedAnswer {
    .vercelError(404, "not_found", "The \(what) was not found")
  }

  // MARK: Variables

  private func variable(_ id: String) -> SimulatedAnswer {
    guard let found = variables.first(where: { $0.id == id }) else { return Self.unknown("environment variable") }
    return SimulatedAnswer(json: found.document(withValue: true, sealed: settings.sealsValues))
  }

  /// Not one transaction: each item is taken or refused by itself.
  private mutating func write(_ call: VercelCall, _ now: Date) -> SimulatedAnswer {
    if strikes(.ongoingUpdate) {
      return .vercelError(400, "bad_request", "An ongoing env update is already happening on this project")
    }
    guard let value = try? JSONValue(parsing: call.body), let items = value.array ?? value.object.map({ [.object($0)] })
    else { return .vercelError(400, "bad_request", "Invalid JSON") }
    var (created, failed): ([JSONValue], [JSONValue]) = ([], [])
    let half = strikes(.halfOfTheVariables)
    for (index, item) in items.enumerated() {
      guard let key = item["key"]?.string, let text = item["value"]?.string, let type = item["type"]?.string,
        let targets = item["target"]?.array?.compactMap(\.string), !targets.isEmpty
      else { return .vercelError(400, "bad_request", "Invalid request: should have required property") }
      func fail(_ code: String, _ message: String) {
        failed.append([
          "error": [
            "code": .string(code), "message": .string(message), "key": .string(key), "envVarKey": .string(key),
            "target": .array(targets.map { .string($0) }),
          ]
        ])
      }
      if half, index == items.count - 1 {
        fail("UNKNOWN_ERROR", "The environment variable could not be saved")
        continue
      }
      let rivals = variables.filter { $0.key == key && !Set($0.targets).isDisjoint(with: targets) }
      if rivals.contains(where: { Set($0.targets) != Set(targets) }) {
        fail("ENV_CONFLICT", "Another environment variable with the same key exists for other targets")
        continue
      }
      guard rivals.isEmpty || call.query["upsert"] == "true" else {
        return .vercelError(403, "ENV_ALREADY_EXISTS", "The environment variable \(key) already exists")
      }
      let id = rivals.first?.id ?? newID("env")
      let record = VercelVariableRecord(
        id: id, key: key, value: text, type: type, targets: targets, created: rivals.first?.created ?? now,
        updated: now,
        comment: item["comment"]?.string)
      variables.removeAll { $0.id == id }
      variables.append(record)
      created.append(record.document(withValue: false))
    }
    let answer: JSONValue = value.array == nil ? created.first ?? .null : .array(created)
    return SimulatedAnswer(status: 201, json: ["created": answer, "failed": .array(failed)])
  }

  // MARK: Project and traffic

  private mutating func edit(_ body: Data, _ now: Date) -> SimulatedAnswer {
    guard let value = try? JSONValue(parsing: body), case .bool(let isOn)? = value["autoAssignCustomDomains"] else {
      return .vercelError(400, "bad_request", "Invalid request")
    }
    guard !settings.keepsSettings else {
      return .vercelError(403, "forbidden", "You don't have permission to update the project")
    }
    settings.autoAssign = isOn
    return SimulatedAnswer(json: projectDocument(now))
  }

  mutating func move(_ kind: String, to id: String, _ now: Date) -> SimulatedAnswer {
    guard let record = present(id) else {
      return .vercelError(kind == "rollback" ? 422 : 409, "not_found", "The deployment was not found")
    }
    guard record.state(now) == "READY" else {
      return .vercelError(409, "conflict", "The deployment is not ready")
    }
    if kind == "rollback", settings.isHobby, id != before, id != production {
      return .vercelError(
        402, "upgrade_required", "To roll back further than the previous production deployment, upgrade to pro")
    }
    if id == production, kind == "promote" {
      return .vercelError(409, "conflict", "Deployment is already the current production deployment")
    }
    let rolls = kind == "promote" ? settings.rollTime : nil
    traffic = VercelTraffic(
      kind: kind, from: production, to: id, asked: now, ends: now + (rolls ?? settings.aliasTime),
      status: "in-progress")
    return SimulatedAnswer(status: rolls == nil ? 201 : 202, json: [:])
  }

  // MARK: Deployments

  private func present(_ id: String) -> VercelDeploymentRecord? {
    deployments.first { $0.id == id && $0.end != .deleted }
  }

  private mutating func redeploy(_ call: VercelCall, base: String, _ now: Date) -> SimulatedAnswer {
    guard let value = try? JSONValue(parsing: call.body), value["name"]?.string != nil,
      let source = value["deploymentId"]?.string
    else { return .vercelError(400, "bad_request", "Invalid request: should have required property 'name'") }
    guard present(source) != nil else { return Self.unknown("deployment") }
    let record = deploy(
      meta: (value["meta"]?.object ?? [:]).compactMapValues(\.string), repeating: source, now: now)
    return SimulatedAnswer(json: document(of: record, base: base, now))
  }

  mutating func hook(_ call: VercelCall, _ now: Date) -> SimulatedAnswer {
    guard call.method == "POST", call.path == ["hook", settings.token] else { return Self.unknown("hook") }
    _ = deploy(meta: ["deployHookName": "keyturn"], now: now)
    return SimulatedAnswer(
      status: 201,
      json: ["job": ["id": .string(newID("job")), "state": "PENDING", "createdAt": .integer(now.milliseconds)]])
  }

  private func list(_ query: [String: String], base: String, _ now: Date) -> SimulatedAnswer {
    let since = query["since"].flatMap(Int64.init) ?? 0
    let found = deployments.filter { $0.created.milliseconds >= since }.sorted { $0.created > $1.created }
      .prefix(query["limit"].flatMap(Int.init) ?? 20)
    return SimulatedAnswer(json: [
      "deployments": .array(found.map { listing(of: $0, base: base, now) }),
      "pagination": ["count": .integer(Int64(found.count)), "next": .null, "prev": .null],
    ])
  }

  private mutating func cancel(_ id: String, base: String, _ now: Date) -> SimulatedAnswer {
    guard let index = deployments.firstIndex(where: { $0.id == id }) else { return Self.unknown("deployment") }
    guard deployments[index].ends > now else {
      return .vercelError(400, "bad_request", "The deployment cannot be canceled")
    }
    deployments[index].end = .canceled
    deployments[index].ends = now
    return SimulatedAnswer(json: document(of: deployments[index], base: base, now))
  }
}

extension Date {
  /// Milliseconds since 1970, as Vercel counts.
  var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }
}
