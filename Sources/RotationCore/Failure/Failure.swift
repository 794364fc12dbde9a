/// What went wrong, in the order in which an operator needs it: what happened, why, what to do next.
package struct Failure: Error, Sendable, Hashable, Codable {
  package var code: FailureCode
  package var summary: String
  package var remedy: [String]
  package var cause: String?
  /// Maskinporten's, for Digdir's support.
  package var traceID: String?
  package var mpCode: String?

  package init(
    _ code: FailureCode, _ summary: String, remedy: [String] = [], cause: String? = nil, traceID: String? = nil,
    mpCode: String? = nil
  ) {
    self.code = code
    self.summary = summary
    self.remedy = remedy
    self.cause = cause
    self.traceID = traceID
    self.mpCode = mpCode
  }

  private enum CodingKeys: String, CodingKey {
    case code, summary, remedy, cause
    case traceID = "trace_id"
    case mpCode = "mp_code"
  }

  /// As a log entry holds it: the members of its JSON.
  package var leaf: JSONValue {
    let members: [CodingKeys: JSONValue?] = [
      .code: .string(code.rawValue), .summary: .string(summary), .remedy: .array(remedy.map { .string($0) }),
      .cause: cause.map { .string($0) }, .traceID: traceID.map { .string($0) }, .mpCode: mpCode.map { .string($0) },
    ]
    return .object(
      members.reduce(into: [:]) { object, member in object[member.key.rawValue] = member.value })
  }
}

/// Raw values are printed and stored; they never change.
package enum FailureCode: String, Sendable, Hashable, Codable, CaseIterable {
  case maskinportenAuthFailed = "MASKINPORTEN_AUTH_FAILED"
  case maskinportenScopeDenied = "MASKINPORTEN_SCOPE_DENIED"
  case maskinportenRequestRejected = "MASKINPORTEN_REQUEST_REJECTED"
  case transientUpstreamFailure = "TRANSIENT_UPSTREAM_FAILURE"
  case timeout
  case refused = "REFUSED"
  case conflict = "CONFLICT"
  case unknownOutcome = "UNKNOWN_OUTCOME"
  case stopped = "STOPPED"
  case neighbourUnreachable = "NEIGHBOUR_UNREACHABLE"
  case neighbourRejected = "NEIGHBOUR_REJECTED"
  case deployFailed = "DEPLOY_FAILED"
  case verificationFailed = "VERIFICATION_FAILED"
  case stateBusy = "STATE_BUSY"
  case stateDamaged = "STATE_DAMAGED"
  case stateForeign = "STATE_FOREIGN"
  case stateNotWritable = "STATE_NOT_WRITABLE"
  case statePermissions = "STATE_PERMISSIONS"
  case ownershipLost = "OWNERSHIP_LOST"
  case passphraseWrong = "PASSPHRASE_WRONG"
  case passphraseMissing = "PASSPHRASE_MISSING"
  case keyUnusable = "KEY_UNUSABLE"
  case keyUnknown = "KEY_UNKNOWN"
  case rotationUnknown = "ROTATION_UNKNOWN"
  case runbookInvalid = "RUNBOOK_INVALID"
  case inputInvalid = "INPUT_INVALID"
  case internalError = "INTERNAL_ERROR"
}
