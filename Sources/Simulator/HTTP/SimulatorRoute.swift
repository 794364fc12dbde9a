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

  /// The self-service API.
  package var isPortal: Bool {
    switch self {
    case .clientRead, .keysRead, .keysWrite, .keysDelete: true
    case .token, .metadata, .serverKeys, .readiness, .signer, .reload, .call: false
    }
  }

  /// The deployed app.
  package var isApp: Bool {
    switch self {
    case .readiness, .signer, .reload, .call: true
    case .token, .metadata, .serverKeys, .clientRead, .keysRead, .keysWrite, .keysDelete: false
    }
  }
}
