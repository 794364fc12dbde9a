internal import Foundation

extension Rotation {
  /// Leaves a rollback for the incoming key.
  static let forwardCommand = "keyturn rotate --forward --reason TEXT"

  /// The ways on of a rollback whose outgoing key Maskinporten refuses.
  static let outOfRefusal = "list it in the portal again, or, if the incoming key works, run \(forwardCommand)"

  /// Maskinporten's last word on each key since `time`, oldest first, for a leaf: a token under the trace that our
  /// request carried, a refusal under the trace id that its support can look up.
  func words(since time: Date) -> [JSONValue] {
    let tokens = lastGrant.values.map { grant in
      Self.word(grant.kid, grant.at, granted: true, grant.traceID, ["lifetime": .integer(Int64(grant.lifetime))])
    }
    let refusals = lastRefusal.values.map { refusal in
      var details = ["reason": JSONValue.string(refusal.text ?? refusal.reason.rawValue)]
      details["mp_code"] = refusal.mpCode.map(JSONValue.string)
      return Self.word(refusal.kid, refusal.at, granted: false, refusal.traceID, details)
    }
    return (tokens + refusals).filter { $0.at >= time }.sorted { $0.at < $1.at }.map(\.leaf)
  }

  private static func word(_ kid: KeyID, _ at: Date, granted: Bool, _ trace: String?, _ details: [String: JSONValue])
    -> (at: Date, leaf: JSONValue)
  {
    var members = details
    members["kid"] = .string(kid.rawValue)
    members["at"] = .string(at.iso8601)
    members["granted"] = .bool(granted)
    members["trace_id"] = trace.map(JSONValue.string)
    return (at, .object(members))
  }
}
