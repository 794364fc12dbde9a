internal import HTTPTypes

/// What the door answers to. A route's raw value is its name in the request log, in metrics and in `/openapi.yaml`.
enum DoorRoute: String, Sendable, Hashable, CaseIterable {
  case readiness = "/api/v1/_internal/maskinporten/readiness"
  case health = "/healthz"
  case metrics = "/metrics"
  case dashboard = "/"
  case session = "/session"
  case rotations = "/api/v1/rotations"
  case rotation = "/api/v1/rotations/{id}"
  case expiry = "/api/v1/expiry"
  case checkpoint = "/log/checkpoint"
  case tile = "/log/tile/{tile}"
  case openAPI = "/openapi.yaml"

  /// Who is let in.
  enum Guard: Sendable, Hashable {
    case everybody
    case bearer
    /// Everybody from this machine, others with the bearer.
    case bearerFromOutside
    /// The bearer, or the cookie that the login gave.
    case bearerOrSession
  }

  var admits: Guard {
    switch self {
    case .health, .openAPI, .session: .everybody
    case .metrics: .bearerFromOutside
    case .dashboard: .bearerOrSession
    case .readiness, .rotations, .rotation, .expiry, .checkpoint, .tile: .bearer
    }
  }

  var methods: [HTTPRequest.Method] {
    switch self {
    case .session: [.post]
    case .readiness, .health, .metrics, .dashboard, .rotations, .rotation, .expiry, .checkpoint, .tile, .openAPI:
      [.get, .head]
    }
  }

  /// The route of a decoded path, with what stands in the place of its `{…}`.
  static func match(_ path: String) -> (route: DoorRoute, parameter: String)? {
    if let route = DoorRoute(rawValue: path), !route.isPattern { return (route, "") }
    for route in allCases where route.isPattern {
      let prefix = route.rawValue.prefix { $0 != "{" }
      if path.hasPrefix(prefix), path.count > prefix.count { return (route, String(path.dropFirst(prefix.count))) }
    }
    return nil
  }

  private var isPattern: Bool { rawValue.hasSuffix("}") }
}
