internal import Foundation

/// Reads what Maskinporten says of a refusal. The status says little (400 for what others call 401), so MP code and text
/// decide (docs.digdir.no, Maskinporten feilsøking).
extension TokenRefusal {
  /// Takes `(trace_id: 32 hex)`, or the older `(correlation id: uuid)`, out of the text.
  package static func separateTrace(from text: String?) -> (text: String?, traceID: String?) {
    guard let text else { return (nil, nil) }
    let pattern = #/\((?:trace_?\s?id|correlation_?\s?id)\s*:\s*(?<id>[A-Za-z0-9-]{1,64})\)/#.ignoresCase()
    guard let match = text.firstMatch(of: pattern) else { return (text, nil) }
    return (text.replacing(pattern, with: "").trimmingCharacters(in: .whitespaces), String(match.output.id))
  }

  /// The last segment of `error_uri`, else a code that the text names.
  package static func mpCode(uri: String?, text: String?) -> String? {
    for source in [uri, text].compactMap(\.self) {
      if let match = source.matches(of: #/MP-[0-9]{3}/#).last { return String(match.output) }
    }
    return nil
  }

  /// Why it was refused, from what Maskinporten said.
  package static func classify(mpCode: String?, text: String, error: String?, status: Int) -> Reason {
    let said = text.lowercased()
    // Two texts have no published code, and are more exact than any code that might come along.
    if said.contains("unknown key identifier") { return .unknownKid }
    if said.contains("no key identifier") || said.contains("requires pre-registered jwk") { return .kidRequired }
    if let reason = mpCode.flatMap({ reason(ofCode: $0, said: said) }) { return reason }
    if let reason = texts.first(where: { said.contains($0.phrase) })?.reason { return reason }
    switch error {
    case "invalid_scope", "forbidden": return .scopeDenied
    case "invalid_client": return .unknownClient
    case "invalid_request", "unsupported_grant_type": return .malformed
    default: return status == 403 ? .scopeDenied : .other
    }
  }

  private static func reason(ofCode code: String, said: String) -> Reason? {
    switch code {
    case "MP-100": said.contains("invalid assertion") ? .malformed : .unknownClient
    case "MP-110": .wrongAudience
    case "MP-120", "MP-122": .untrustedCertificate
    case "MP-121": .expiredKey
    case "MP-124": .wrongSignature
    case "MP-130": .clock
    case "MP-012": .replayedGrant
    case "MP-011", "MP-123", "MP-301", "MP-302", "MP-303": .malformed
    case "MP-200", "MP-201", "MP-250", "MP-251": .scopeDenied
    default: nil
    }
  }

  private static let texts: [(phrase: String, reason: Reason)] = [
    ("too long lifetime", .lifetimeTooLong), ("issue time is", .clock), ("jwt is expired", .clock),
    ("jwt has expired", .clock), ("expired key", .expiredKey), ("invalid jwt signature", .wrongSignature),
    ("jwt claim aud", .wrongAudience), ("signed with an invalid certificate", .untrustedCertificate),
    ("used before", .replayedGrant), ("client authentication failed", .unknownClient),
    ("client not found", .unknownClient), ("jwt header x5c", .malformed), ("invalid assertion", .malformed),
    ("invalid parameter value", .malformed), ("invalid scope", .scopeDenied),
    ("not been granted access", .scopeDenied), ("not delegated access", .scopeDenied),
  ]
}
