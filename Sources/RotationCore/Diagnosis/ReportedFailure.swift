/// The failure to be explained: one that just happened, or what is left of one in a log, an answer or a Sentry event.
package struct ReportedFailure: Sendable, Hashable {
  /// The trail of an exchange, where the report is of a kind that would carry it.
  package enum Trail: Sendable, Hashable {
    /// Not a kind that carries one.
    case unknown
    /// Categories, oldest first; without `token_request_exhausted` the failure is none of the live exchange's.
    case breadcrumbs([String])
  }

  package static let lastBreadcrumb = "token_request_exhausted"

  /// Nil where nothing in the report tells.
  package var code: AnswerCode?
  /// Maskinporten's own words.
  package var refusal: TokenRefusal?
  package var trouble: NeighbourTrouble?
  package var mpCode: String?
  package var traceID: String?
  package var correlationID: String?
  package var trail = Trail.unknown
  /// The `reason_code` of its last breadcrumb, where Maskinporten's own words are not there.
  var told: TokenRefusal.Reason?
  /// What was read: `the live exchange`, `a Sentry event`.
  package var source: String

  /// Somebody else's report; false for what this process saw itself.
  package let isPasted: Bool

  package init(source: String, isPasted: Bool = false) {
    self.source = source
    self.isPasted = isPasted
  }

  /// A refusal or trouble of a token request of this process.
  package init(refusal: TokenRefusal, source: String) {
    self.init(source: source)
    code = AnswerCode(refusal.failureCode)
    self.refusal = refusal
    mpCode = refusal.mpCode
    traceID = refusal.traceID
  }

  package init(trouble: NeighbourTrouble, code: AnswerCode, source: String) {
    self.init(source: source)
    self.code = code
    self.trouble = trouble
  }

  /// Says no more than that authentication failed, or nothing at all.
  package var isVague: Bool {
    (code == nil || code == .maskinportenAuthFailed) && (refusal?.reason ?? .other) == .other && mpCode == nil
      && trouble == nil
  }

  /// What `fresh`, the refusal of a token request made just now, tells of the same failure; the ids stay those of the
  /// report, where it has any.
  package mutating func learn(from fresh: ReportedFailure) {
    guard isVague, fresh.refusal != nil || code == nil else { return }
    code = fresh.code
    refusal = fresh.refusal
    trouble = fresh.trouble
    mpCode = fresh.mpCode
    if traceID == nil {
      traceID = fresh.traceID
      correlationID = correlationID ?? fresh.correlationID
    }
    source += ", and a token request made just now"
  }

  /// An alert about a failed authentication that no token exchange raised.
  package var cameFromElsewhere: Bool {
    guard code == .maskinportenAuthFailed, case .breadcrumbs(let categories) = trail else { return false }
    return !categories.contains(Self.lastBreadcrumb)
  }

  package var json: JSONValue {
    func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
    return [
      "source": .string(source), "error_code": text(code?.rawValue), "mp_code": text(mpCode),
      "trace_id": text(traceID), "correlation_id": text(correlationID),
      "detail": text(refusal?.words ?? trouble?.detail),
    ]
  }
}
