/// An error as a caller gets it: in the seed's envelope, or as a problem of RFC 9457 where `Accept` asks for one.
package struct ErrorAnswer: Sendable, Hashable {
  package static let problemType = "application/problem+json"
  /// The base of a problem's `type`; an identifier, not an address to visit.
  package static let problemBase = "https://keyturn.example/errors/"

  package var code: AnswerCode
  package var explanation: Explanation
  /// The same in English, where `explanation` speaks to an API's consumer and an operator reads along.
  package var operatorExplanation: Explanation?
  package var failures: [LiveFinding]?
  package var status: Int
  /// Maskinporten's code and trace id, for Digdir's support.
  package var mpCode: String?
  package var traceID: String?
  package var meta: AnswerMeta

  /// `status` is the code's own where nil.
  package init(
    _ code: AnswerCode, _ explanation: Explanation, operatorExplanation: Explanation? = nil,
    failures: [LiveFinding]? = nil, status: Int? = nil, mpCode: String? = nil, traceID: String? = nil,
    _ meta: AnswerMeta
  ) {
    self.code = code
    self.explanation = explanation
    self.operatorExplanation = operatorExplanation
    self.failures = failures
    self.status = status ?? code.statusCode
    self.mpCode = mpCode
    self.traceID = traceID
    self.meta = meta
  }

  /// `{"success":false,"error_code","explanation","failures"?,"operator"?,"mp_code"?,"trace_id"?,"_meta"}`.
  package var envelope: JSONValue {
    var members: [String: JSONValue] = [
      "success": false, "error_code": .string(code.rawValue), "explanation": explanation.json, "_meta": meta.json,
    ]
    if let failures { members["failures"] = .array(failures.map(\.json)) }
    if let operatorExplanation { members["operator"] = operatorExplanation.json }
    members["mp_code"] = mpCode.map(JSONValue.string)
    members["trace_id"] = traceID.map(JSONValue.string)
    return .object(members)
  }

  /// RFC 9457 section 3: `type`, `title`, `status`, `detail`, `instance`, and our members beside them.
  package var problem: JSONValue {
    var members: [String: JSONValue] = [
      "type": .string(Self.problemBase + code.rawValue), "title": .string(explanation.summary),
      "status": .integer(Int64(status)), "instance": .string("urn:correlation:" + meta.correlationID),
      "error_code": .string(code.rawValue),
    ]
    members["detail"] = explanation.why.map(JSONValue.string)
    if !explanation.fixSteps.isEmpty { members["fix_steps"] = .array(explanation.fixSteps.map(JSONValue.string)) }
    members["relevant_link"] = explanation.relevantLink.map(JSONValue.string)
    if let failures { members["failures"] = .array(failures.map(\.json)) }
    members["mp_code"] = mpCode.map(JSONValue.string)
    members["trace_id"] = traceID.map(JSONValue.string)
    return .object(members)
  }
}
