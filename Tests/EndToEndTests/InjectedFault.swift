import Foundation

/// A fault that is put in from outside (the environment, the portal, the simulator's control routes), and the one cause
/// that `diagnose` must name for it.
struct InjectedFault: Sendable {
  typealias Injection = @Sendable (Simulation, inout [String: String]) async throws -> Void

  let name: String
  let cause: String
  let options: [String]
  /// Whether the diagnosis is given the runbook, which says what addresses belong here.
  var hasRunbook = true
  /// The world stays changed, and no other fault can use it.
  let changesWorld: Bool
  let inject: Injection

  init(
    _ name: String, _ cause: String, options: [String] = [], changesWorld: Bool = false, _ inject: @escaping Injection
  ) {
    self.name = name
    self.cause = cause
    self.options = options
    self.changesWorld = changesWorld
    self.inject = inject
  }

  static var all: [InjectedFault] { environment + privateKeys + clock + keys + addresses + access + network }

  private static func set(_ variable: String, _ value: String?, _ cause: String) -> InjectedFault {
    InjectedFault("\(variable) \(value.map { $0.isEmpty ? "empty" : $0 } ?? "not set")", cause) { $1[variable] = value }
  }

  static let environment = [
    set("MASKINPORTEN_CLIENT_ID", nil, "MASKINPORTEN_CLIENT_ID-missing"),
    set("MASKINPORTEN_KID", "", "MASKINPORTEN_KID-missing"),
    set("MASKINPORTEN_PRIVATE_KEY", nil, "MASKINPORTEN_PRIVATE_KEY-missing"),
    set("MASKINPORTEN_TOKEN_ENDPOINT", nil, "MASKINPORTEN_TOKEN_ENDPOINT-missing"),
    set("MASKINPORTEN_ISSUER", nil, "MASKINPORTEN_ISSUER-missing"),
    set("INTERNAL_API_SECRET", nil, "INTERNAL_API_SECRET-missing"),
    set("INTERNAL_API_SECRET", "too short", "INTERNAL_API_SECRET-too-short"),
    set("MASKINPORTEN_TOKEN_ENDPOINT", "http://maskinporten.no/token", "MASKINPORTEN_TOKEN_ENDPOINT-not-https"),
    set("MASKINPORTEN_ISSUER", "maskinporten.no", "MASKINPORTEN_ISSUER-not-https"),
    InjectedFault("mock in production", "MASKINPORTEN_MODE-mock-in-production") {
      $1["MASKINPORTEN_MODE"] = "mock"
      $1["VERCEL_ENV"] = "production"
    },
  ]

  private static func pem(_ shape: String, _ spell: @escaping @Sendable (String) -> String) -> InjectedFault {
    InjectedFault("PEM \(shape)", "MASKINPORTEN_PRIVATE_KEY-\(shape)") {
      $1["MASKINPORTEN_PRIVATE_KEY"] = spell($1["MASKINPORTEN_PRIVATE_KEY"] ?? "")
    }
  }

  static let privateKeys = [
    pem("literal-newlines") { $0.replacingOccurrences(of: "\n", with: "\\n") },
    pem("newlines-as-spaces") { $0.replacingOccurrences(of: "\n", with: " ") },
    pem("single-line") { $0.replacingOccurrences(of: "\n", with: "") },
    pem("surrounding-quotes") { "\"\($0)\"" },
    pem("leading-blank") { " " + $0 },
    pem("indented-lines") { $0.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n") },
    pem("blank-lines-between") { $0.replacingOccurrences(of: "\n", with: "\n\n") },
    pem("base64-of-pem") { Data($0.utf8).base64EncodedString() },
    pem("first-line-only") { String($0.split(separator: "\n")[0]) },
    pem("certificate-only") { $0.replacingOccurrences(of: "PRIVATE KEY", with: "CERTIFICATE") },
    pem("truncated") { String($0.prefix($0.count / 2)) },
  ]

  static let clock = [
    InjectedFault("clock 60 s ahead", "clock-ahead", changesWorld: true) { simulation, _ in
      try await simulation.settings(["clock_offset_seconds": -60])
    },
    InjectedFault("clock 300 s behind", "clock-behind", changesWorld: true) { simulation, _ in
      try await simulation.settings(["clock_offset_seconds": 300])
    },
    InjectedFault("assertions may live 60 s", "lifetime-too-long", changesWorld: true) { simulation, _ in
      try await simulation.settings(["lifetime_limit": 60])
    },
  ]

  static let keys = [
    InjectedFault("wrong kid, right key", "kid-differs") { $1["MASKINPORTEN_KID"] = "another-kid" },
    InjectedFault("a pair that was never uploaded", "kid-not-registered") {
      $1["MASKINPORTEN_KID"] = "never-uploaded"
      $1["MASKINPORTEN_PRIVATE_KEY"] = $1["PORTAL_ADMIN_PRIVATE_KEY"]
    },
    InjectedFault("uploaded a moment ago", "kid-not-propagated", changesWorld: true) { simulation, environment in
      let kid = environment["MASKINPORTEN_KID"] ?? ""
      let jwk = try await simulation.listed(kid)
      try await simulation.edit(["remove": [kid]])
      try await simulation.settings(["publication_seconds": 3_600])
      try await simulation.post("/_simulator/keys", ["add": [jwk]])
    },
    InjectedFault("every key removed in the portal", "no-key-registered", changesWorld: true) { simulation, _ in
      try await simulation.edit(["remove": try await simulation.listedKids()])
    },
    InjectedFault("expired key", "key-expired", changesWorld: true) { simulation, environment in
      try await simulation.edit(["expire": [environment["MASKINPORTEN_KID"] ?? "": 1_700_000_000]])
    },
    InjectedFault("kid of one key, PEM of another", "pair-mismatch") {
      $1["MASKINPORTEN_PRIVATE_KEY"] = $1["PORTAL_ADMIN_PRIVATE_KEY"]
    },
    InjectedFault("registered for RS512", "algorithm-differs", changesWorld: true) { simulation, environment in
      let kid = environment["MASKINPORTEN_KID"] ?? ""
      let jwk = try await simulation.listed(kid).merging(["alg": "RS512"]) { $1 }
      try await simulation.edit(["remove": [kid], "add": [jwk]])
    },
  ]

  static let addresses = [
    InjectedFault("no slash in aud", "issuer-slash") { $1["MASKINPORTEN_ISSUER"] = $0.base },
    InjectedFault("token URL as aud", "issuer-is-token-endpoint") { $1["MASKINPORTEN_ISSUER"] = $0.base + "/token" },
    InjectedFault("another issuer", "issuer-differs") { $1["MASKINPORTEN_ISSUER"] = $0.base + "/elsewhere/" },
    InjectedFault("another path of the endpoint", "token-endpoint-differs") {
      $1["MASKINPORTEN_TOKEN_ENDPOINT"] = $0.base + "/oauth/token"
    },
    set("MASKINPORTEN_ISSUER", "https://test.maskinporten.no/", "environments-mixed"),
    set("MASKINPORTEN_ISSUER", "https://ver2.maskinporten.no/", "old-address"),
    set("MASKINPORTEN_ISSUER", "https://platform.tt02.altinn.no/", "altinn-address"),
    elsewhere("a whole pair of another place", "environment-differs") {
      $0.base.replacingOccurrences(of: "127.0.0.1", with: "localhost")
    },
    refusal("wrongAudience", "audience-rejected"),
    InjectedFault("a gateway that sends twice", "grant-replayed") { simulation, _ in
      try await simulation.strike(["fault": "replay"])
    },
    refusal("malformedRequest", "request-malformed"),
  ]

  private static func refusal(_ word: String, _ cause: String) -> InjectedFault {
    InjectedFault("refused: \(word)", cause) { simulation, _ in
      try await simulation.strike(["fault": "refusal", "refusal": word])
    }
  }

  static let access = [
    InjectedFault("scope not on the client", "scope-not-registered", changesWorld: true) { simulation, _ in
      try await simulation.edit(["scopes": ["other:scope"]])
    },
    InjectedFault("scope withdrawn", "scope-access-withdrawn", changesWorld: true) { simulation, _ in
      try await simulation.edit(["withdrawn_scopes": ["altinn:serviceowner/instances.read"]])
    },
    refusal("delegationMissing", "delegation-missing"),
    refusal("scopeOfAnotherType", "scope-of-another-integration"),
    InjectedFault("unknown client", "client-unknown") {
      $1["MASKINPORTEN_CLIENT_ID"] = "00000000-0000-4000-8000-000000000000"
    },
    InjectedFault("client revoked", "client-deactivated", changesWorld: true) { simulation, _ in
      try await simulation.edit(["active": false])
    },
    refusal("untrustedCertificate", "certificate-rejected"),
    refusal("organisationDiffers", "certificate-of-another-organisation"),
    InjectedFault("401 that says nothing", "revocation-suspected") { simulation, _ in
      try await simulation.strike(["fault": "page", "status": 401])
    },
  ]

  private static func elsewhere(_ name: String, _ cause: String, _ base: @escaping @Sendable (Simulation) -> String)
    -> InjectedFault
  {
    InjectedFault(name, cause) {
      $1["MASKINPORTEN_ISSUER"] = base($0) + "/"
      $1["MASKINPORTEN_TOKEN_ENDPOINT"] = base($0) + "/token"
    }
  }

  private static func struck(_ name: String, _ cause: String, options: [String] = [], _ fault: [String: String])
    -> InjectedFault
  {
    InjectedFault(name, cause, options: options) { simulation, _ in
      try await simulation.strike(fault.mapValues { Int($0).map { $0 as Any } ?? $0 })
    }
  }

  private static func unreachable(_ name: String, _ cause: String, _ base: @escaping @Sendable (Simulation) -> String)
    -> InjectedFault
  {
    var fault = elsewhere(name, cause, base)
    fault.hasRunbook = false
    return fault
  }

  static let network = [
    // A label of 64 characters is refused by the resolver itself: no name server is asked.
    unreachable("DNS", "dns") { _ in "https://\(String(repeating: "x", count: 64)).invalid" },
    unreachable("TLS", "tls") { $0.base.replacingOccurrences(of: "http:", with: "https:") },
    unreachable("nobody listens", "connection-refused") { _ in "http://127.0.0.1:1" },
    struck("5xx", "maskinporten-server-error", ["fault": "status", "status": "503"]),
    struck("429", "rate-limited", ["fault": "status", "status": "429", "retry_after": "1"]),
    struck("connection cut", "connection-lost", ["fault": "drop"]),
    struck("no answer in time", "timeout", options: ["--deadline", "2"], ["fault": "delay", "seconds": "20"]),
    struck("redirect to a login page", "redirected", ["fault": "redirect"]),
    struck("a proxy's page", "proxy-answers", ["fault": "page"]),
    struck("half an answer", "answer-damaged", ["fault": "truncated"]),
    struck("a proxy's 403", "proxy-forbids", ["fault": "page", "status": "403"]),
    struck("a proxy's 407", "proxy-authentication", ["fault": "page", "status": "407"]),
  ]
}
