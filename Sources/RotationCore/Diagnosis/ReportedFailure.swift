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
  /// What was read: `the live exchange`, `a Sentry event`.
  package var source: String

  package init(source: String) { self.source = source }

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
