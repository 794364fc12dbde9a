internal import Foundation
internal import RotationCore

/// The app's routes.
extension SimulatedApp {
  func answer(_ route: SimulatorRoute, authorization: String?, now: Date) -> SimulatedAnswer {
    switch route {
    case .signer: signerAnswer
    case .reload: reloadAnswer
    case .call: callAnswer
    case .readiness: readinessAnswer(authorization, now: now)
    case .token, .metadata, .serverKeys, .clientRead, .keysRead, .keysWrite, .keysDelete, .vercelRead,
      .vercelEnvironment, .vercelDeploy, .vercelTraffic:
      SimulatedAnswer(status: 404)
    }
  }

  private var signerAnswer: SimulatedAnswer {
    guard let kid = signingKid else { return SimulatedAnswer(status: 503, json: ["error": "not started"]) }
    return SimulatedAnswer(json: ["kid": .string(kid.rawValue)])
  }

  private var reloadAnswer: SimulatedAnswer {
    do {
      try reload()
      return signerAnswer
    } catch {
      let summary = (error as? Failure)?.summary ?? "the app did not start"
      return SimulatedAnswer(status: 500, json: ["error": .string(summary)])
    }
  }

  private var callAnswer: SimulatedAnswer {
    let call = call()
    return SimulatedAnswer(json: [
      "kid": call.kid.map { .string($0.rawValue) } ?? .null, "granted": .bool(call.granted),
      "error": call.error.map(JSONValue.string) ?? .null,
    ])
  }

  /// The seed's three shapes, and its envelope for a refused bearer.
  private func readinessAnswer(_ authorization: String?, now: Date) -> SimulatedAnswer {
    guard admits(authorization) else {
      return Self.envelope(401, code: "UNAUTHORIZED", summary: "Bearer-hemmeligheten mangler eller er feil", now: now)
    }
    switch readiness {
    case .ready: return SimulatedAnswer(json: ["status": "ready"])
    case .mock: return SimulatedAnswer(json: ["status": "mock"])
    case .notReady(let failures):
      return Self.envelope(
        503, code: "SERVER_ERROR", summary: "Maskinporten live-mode prerequisites are not satisfied",
        failures: failures, now: now)
    }
  }

  private static func envelope(
    _ status: Int, code: String, summary: String, failures: [ReadinessFinding]? = nil, now: Date
  ) -> SimulatedAnswer {
    var body: [String: JSONValue] = [
      "success": false, "error_code": .string(code), "explanation": ["summary": .string(summary)],
      "_meta": [
        "service": "simulated-app", "version": "1", "timestamp": .string(now.iso8601),
        "correlation_id": .string(UUID().uuidString.lowercased()),
      ],
    ]
    if let failures {
      body["failures"] = .array(failures.map { ["field": .string($0.field), "reason": .string($0.reason)] })
    }
    return SimulatedAnswer(status: status, json: .object(body))
  }
}
