/// A call that the simulator answers, by the name that fault plans and the call log use.
package enum SimulatorRoute: String, Sendable, Hashable, Codable, CaseIterable {
  case token
  case metadata
  case serverKeys = "jwk"
  case clientRead = "client-read"
  case keysRead = "keys-read"
  case keysWrite = "keys-write"
  case keysDelete = "keys-delete"
  case readiness
  case signer
  case reload
  case call
  /// Vercel: looking; setting variables; asking for a deployment; promote, rollback, settings and cancel.
  case vercelRead = "vercel-read"
  case vercelEnvironment = "vercel-env"
  case vercelDeploy = "vercel-deploy"
  case vercelTraffic = "vercel-traffic"

  /// The self-service API.
  package var isPortal: Bool {
    switch self {
    case .clientRead, .keysRead, .keysWrite, .keysDelete: true
    case .token, .metadata, .serverKeys, .readiness, .signer, .reload, .call, .vercelRead, .vercelEnvironment,
      .vercelDeploy, .vercelTraffic:
      false
    }
  }

  /// The deployed app.
  package var isApp: Bool {
    switch self {
    case .readiness, .signer, .reload, .call: true
    case .token, .metadata, .serverKeys, .clientRead, .keysRead, .keysWrite, .keysDelete, .vercelRead,
      .vercelEnvironment, .vercelDeploy, .vercelTraffic:
      false
    }
  }
}
