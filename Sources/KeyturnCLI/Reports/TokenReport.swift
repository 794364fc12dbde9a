internal import Foundation
internal import Neighbours
internal import Primitives
internal import RotationCore

/// One token, told without it: `keyturn.token/v1`.
struct TokenReport: Answer {
  var mode: MaskinportenMode
  var token: AccessToken
  /// The exchange's last event.
  var last: ExchangeEvent?
  var printsToken: Bool

  /// The payload of a token that is a JWT, not verified: it came over TLS from its issuer.
  private var claims: JSONValue? { CompactJWS(token.value.reveal()).flatMap { try? JSONValue(parsing: $0.payload) } }

  private var timing: (attempts: Int, milliseconds: Int64) {
    guard case .success(let attempts, let duration) = last else { return (1, 0) }
    return (attempts, Int64((duration.inSeconds * 1000).rounded()))
  }

  var json: JSONValue {
    var members: [String: JSONValue] = [
      "schema": "keyturn.token/v1", "mode": .string(mode.rawValue), "kid": .string(token.grant.kid.rawValue),
      "scope": token.grant.scope.map(JSONValue.string) ?? .null, "expires_in": .integer(Int64(token.grant.lifetime)),
      "expires": .string(token.expires.iso8601), "attempts": .integer(Int64(timing.attempts)),
      "duration_ms": .integer(timing.milliseconds), "claims": claims ?? .null,
    ]
    if printsToken { members["token"] = .string(token.value.reveal()) }
    return .object(members)
  }

  /// With the token printed, nothing else: for a shell's `$(…)`.
  func text(_ console: Console) -> String {
    if printsToken { return token.value.reveal() }
    let attempts = timing.attempts == 1 ? "1 attempt" : "\(timing.attempts) attempts"
    var lines = [
      console.ink(.green, mode == .live ? "a live token" : "a mock token, which opens nothing")
        + " for kid \(token.grant.kid), in \(timing.milliseconds) ms, \(attempts)",
      "scope    \(token.grant.scope ?? "-")",
      "expires  \(console.moment(token.expires)), \(token.grant.lifetime) s after it was asked for",
    ]
    if let claims { lines.append("claims   \(String(decoding: claims.canonical, as: UTF8.self))") }
    return lines.joined(separator: "\n")
  }
}
