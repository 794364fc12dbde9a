/// Every `error_code` that an answer may carry. Raw values are the interface; they never change.
package enum AnswerCode: String, Sendable, Hashable, CaseIterable {
  /// Every 401 of Maskinporten, and its 400 with `invalid_grant` or `invalid_client`.
  case maskinportenAuthFailed = "MASKINPORTEN_AUTH_FAILED"
  case maskinportenScopeDenied = "MASKINPORTEN_SCOPE_DENIED"
  case maskinportenRequestRejected = "MASKINPORTEN_REQUEST_REJECTED"
  case transientUpstreamFailure = "TRANSIENT_UPSTREAM_FAILURE"
  case timeout
  case serverError = "SERVER_ERROR"
  case unauthorized = "UNAUTHORIZED"
  case notFound = "NOT_FOUND"
  case methodNotAllowed = "METHOD_NOT_ALLOWED"
  case badRequest = "BAD_REQUEST"

  /// What an exchange's failure is to a caller; whatever is no answer of Maskinporten is our own error.
  package init(_ code: FailureCode) { self = AnswerCode(rawValue: code.rawValue) ?? .serverError }

  /// Of an HTTP answer with this code; 503 for everything of Maskinporten's, as the caller can only try again.
  package var statusCode: Int {
    switch self {
    case .maskinportenAuthFailed, .maskinportenScopeDenied, .maskinportenRequestRejected, .transientUpstreamFailure: 503
    case .timeout: 504
    case .serverError: 500
    case .unauthorized: 401
    case .notFound: 404
    case .methodNotAllowed: 405
    case .badRequest: 400
    }
  }
}
