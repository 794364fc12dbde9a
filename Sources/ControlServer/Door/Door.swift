internal import Foundation
internal import HTTPTypes
internal import RotationCore

/// Answers requests. The order of its questions: is there such a route, does it take the method, may the caller ask,
/// then the answer; so that nothing behind the door is looked at for somebody who may not see it.
struct Door: Sendable {
  let settings: DoorSettings
  let counts = RequestCounts()
  private let keeper: Doorkeeper

  init(_ settings: DoorSettings) {
    self.settings = settings
    keeper = Doorkeeper(secret: settings.secret)
  }

  /// An answer with what the log says of it.
  struct Reply {
    var answer: DoorAnswer
    var route: DoorRoute?
    var names: RequestNames
  }

  /// Blocks while the state is read.
  func reply(to request: DoorRequest) -> Reply {
    let (names, speaker) = voice(for: request)
    guard let (route, parameter) = request.path.flatMap(DoorRoute.match) else {
      return reply(speaker.say(.notFound), nil, names)
    }
    return reply(answer(request, route, parameter, speaker), route, names)
  }

  /// To a request whose body was not read to its end; `status` is 408 or 413. The connection ends with it.
  func reply(toUnread request: DoorRequest, status: Int, _ summary: String) -> Reply {
    let (names, speaker) = voice(for: request)
    var answer = speaker.say(.badRequest, Explanation(summary), status: status)
    answer.headers.append(("Connection", "close"))
    return reply(answer, request.path.flatMap(DoorRoute.match)?.route, names)
  }

  private func voice(for request: DoorRequest) -> (RequestNames, ErrorSpeaker) {
    let names = RequestNames(request)
    let meta = AnswerMeta(
      version: settings.version, timestamp: settings.clock.now(), correlationID: names.correlationID)
    return (names, ErrorSpeaker(wantsProblem: request.accepts(ErrorAnswer.problemType), meta: meta))
  }

  private func reply(_ answer: DoorAnswer, _ route: DoorRoute?, _ names: RequestNames) -> Reply {
    var answer = answer
    answer.headers += Self.fixedHeaders + names.headers + [("Date", settings.clock.now().httpDate)]
    if answer.header("Content-Security-Policy") == nil {
      answer.headers.append(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
    }
    counts.count(route, status: answer.status)
    return Reply(answer: answer, route: route, names: names)
  }

  private func answer(_ request: DoorRequest, _ route: DoorRoute, _ parameter: String, _ speaker: ErrorSpeaker)
    -> DoorAnswer
  {
    guard route.methods.contains(request.method) else {
      var answer = speaker.say(.methodNotAllowed)
      answer.headers.append(("Allow", route.methods.map(\.rawValue).joined(separator: ", ")))
      return answer
    }
    guard keeper.admits(request, to: route, at: settings.clock.now()) else {
      return refusal(of: request, route, speaker)
    }
    do { return try content(request, route, parameter, speaker) } catch let failure as Failure {
      return speaker.say(failure)
    } catch {
      return speaker.say(Failure(.internalError, "unexpected: \(type(of: error))"))
    }
  }

  private func refusal(of request: DoorRequest, _ route: DoorRoute, _ speaker: ErrorSpeaker) -> DoorAnswer {
    var answer =
      route == .dashboard && request.accepts("text/html")
      ? .page(LoginPage.make(wasRefused: false), status: 401) : speaker.say(.unauthorized)
    answer.headers.append(("WWW-Authenticate", "Bearer realm=\"keyturn\""))
    return answer
  }

  private func content(_ request: DoorRequest, _ route: DoorRoute, _ parameter: String, _ speaker: ErrorSpeaker)
    throws -> DoorAnswer
  {
    let view = settings.view
    switch route {
    case .readiness: return readiness(speaker)
    case .health: return .json(["status": "ok", "service": "keyturn", "version": .string(settings.version)])
    case .metrics: return .text(metrics(), type: PrometheusText.type)
    case .dashboard: return .page(try view.dashboard(settings.readiness))
    case .session: return login(request, speaker)
    case .rotations: return .json(try view.history())
    case .rotation:
      guard let document = try view.rotation(RotationID(rawValue: parameter)) else {
        return speaker.say(
          .notFound, Explanation("There is no rotation of that id.", fixSteps: ["GET /api/v1/rotations names them."]))
      }
      return .json(document)
    case .expiry:
      guard let document = try view.expiry() else {
        return speaker.say(
          .notFound,
          Explanation(
            "No key's expiry is known yet.",
            why: "This server has no access to the portal: it tells what a rotation saw there, and none has looked.",
            fixSteps: ["Ask the portal itself: keyturn expiry RUNBOOK."]))
      }
      return .json(document)
    case .checkpoint: return try logFile("checkpoint", type: "text/plain; charset=utf-8", speaker)
    case .tile: return try logFile("tile/" + parameter, type: "application/octet-stream", speaker)
    case .openAPI: return .text(OpenAPIDocument.text, type: "application/yaml")
    }
  }

  private func readiness(_ speaker: ErrorSpeaker) -> DoorAnswer {
    if let answer = settings.readiness.answer(speaker.meta) { return speaker.say(answer) }
    return .json(settings.readiness.body(speaker.meta), status: settings.readiness.statusCode)
  }

  private func logFile(_ name: String, type: String, _ speaker: ErrorSpeaker) throws -> DoorAnswer {
    guard let bytes = try settings.view.logFile(name) else {
      return speaker.say(
        .notFound,
        Explanation(
          "The audit log has no such file.",
          why: "Tiles exist for the sizes that were signed; before the first signature there is no checkpoint either."))
    }
    return DoorAnswer(type: type, body: bytes)
  }

  private func login(_ request: DoorRequest, _ speaker: ErrorSpeaker) -> DoorAnswer {
    guard let form = LoginForm(request) else {
      return speaker.say(
        .badRequest, Explanation("The login takes application/x-www-form-urlencoded with one field, secret."),
        status: 415)
    }
    if let cookie = keeper.session(for: form.secret, to: request, at: settings.clock.now()) {
      return DoorAnswer(303, headers: [("Location", DoorRoute.dashboard.rawValue), ("Set-Cookie", cookie)])
    }
    var answer =
      request.accepts("text/html") ? .page(LoginPage.make(wasRefused: true), status: 401) : speaker.say(.unauthorized)
    answer.headers.append(("WWW-Authenticate", "Bearer realm=\"keyturn\""))
    return answer
  }

  /// A scrape succeeds where the state cannot be read, and says so: `keyturn_state_readable 0`.
  private func metrics() -> String {
    var metrics = PrometheusText()
    metrics.gauge(
      "keyturn_build_info", "The version that answers.", [.init(1, ["version": settings.version])])
    let verdict =
      switch settings.readiness {
      case .ready: "ready"
      case .mock: "mock"
      case .notReady, .unauthorized: "not_ready"
      }
    metrics.gauge(
      "keyturn_readiness", "1 for what the readiness route says of the live integration's environment.",
      ["ready", "mock", "not_ready"].map { .init($0 == verdict, ["status": $0]) })
    let overview = try? settings.view.overview()
    metrics.gauge("keyturn_state_readable", "1 where the state could be read.", [.init(overview != nil)])
    if let overview { StateMetrics(overview: overview).write(to: &metrics) }
    counts.write(to: &metrics)
    return metrics.text
  }

  private static let fixedHeaders = [
    ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
  ]
}
