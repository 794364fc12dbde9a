internal import RotationCore

/// Why the token endpoint gives no token (docs.digdir.no, "Feilsøking"; RFC 6749 section 5.2).
package enum GrantRefusal: String, Error, Sendable, Hashable, CaseIterable {
  case malformedRequest
  case unsupportedGrantType
  case invalidAssertion
  case unknownClient
  case kidRequired
  case unknownKid
  case expiredKey
  case wrongSignature
  case untrustedCertificate
  case certificateNotAnArray
  case wrongAudience
  case lifetimeTooLong
  case issuedInTheFuture
  case expiredGrant
  case replayedGrant
  case scopeNotRegistered
  case scopeWithdrawn
  /// Given by a fault alone: this world knows no delegations, other integration types or certificates.
  case delegationMissing
  case scopeOfAnotherType
  case organisationDiffers

  /// `error`, the text before the trace id, and the published code where there is one.
  var wording: (error: String, text: String, code: String?) {
    switch self {
    case .malformedRequest: ("invalid_request", "Invalid parameter value", "MP-011")
    case .unsupportedGrantType: ("unsupported_grant_type", "Unsupported grant type", nil)
    case .invalidAssertion: ("invalid_grant", "Invalid assertion", "MP-100")
    case .unknownClient: ("invalid_grant", "Client not found", "MP-100")
    case .kidRequired:
      ("invalid_grant", "The client requires pre-registered jwk and no key identifier (kid) provided", nil)
    case .unknownKid: ("invalid_grant", "Unknown key identifier (kid) for client", nil)
    case .expiredKey: ("invalid_grant", "Expired key", "MP-121")
    case .wrongSignature: ("invalid_grant", "Invalid JWT signature", "MP-124")
    case .untrustedCertificate: ("invalid_grant", "The JWT is signed with an invalid certificate", "MP-120")
    case .certificateNotAnArray: ("invalid_grant", "Invalid JWT header x5c", "MP-123")
    case .wrongAudience: ("invalid_grant", "Invalid JWT claim aud", "MP-110")
    case .lifetimeTooLong: ("invalid_grant", "JWT has too long lifetime", nil)
    case .issuedInTheFuture: ("invalid_grant", "Issue time is in the future", nil)
    case .expiredGrant: ("invalid_grant", "JWT is expired", "MP-130")
    case .replayedGrant: ("invalid_grant", "Grant is used before", "MP-012")
    case .scopeNotRegistered: ("invalid_scope", "Token request contains invalid scopes for client", "MP-200")
    case .scopeWithdrawn: ("forbidden", "Consumer has not been granted access to the scope", "MP-250")
    case .delegationMissing:
      ("forbidden", "Consumer has not delegated access to the scope to supplier", "MP-251")
    case .scopeOfAnotherType: ("invalid_scope", "Scopes are not allowed for maskinporten", "MP-201")
    case .organisationDiffers:
      ("invalid_grant", "The organization number of the certificate differs from the client's", "MP-122")
    }
  }

  /// The answer as Maskinporten words it.
  func answer(_ settings: WorldSettings, issuer: String, random: inout SeededRandom) -> SimulatedAnswer {
    let wording = wording
    let trace =
      switch settings.traceForm {
      case .traceID: "trace_id: \(random.hex(32))"
      case .correlationID:
        "correlation id: " + [8, 4, 4, 4, 12].map { random.hex($0) }.joined(separator: "-")
      }
    var body: [String: JSONValue] = [
      "error": .string(wording.error), "error_description": .string("\(wording.text). (\(trace))"),
    ]
    if let code = wording.code, settings.namesErrorURI { body["error_uri"] = .string("\(issuer)errors/\(code)") }
    let status = wording.error == "forbidden" ? settings.forbiddenStatus : settings.refusalStatus
    return SimulatedAnswer(status: status, json: .object(body), headers: ["Cache-Control": "no-store"])
  }
}
