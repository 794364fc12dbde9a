package import Foundation
package import RotationCore

/// One mark on the path of a token exchange (contract, section 9; the page's observability signals). It holds words of
/// closed sets, numbers and ids, so that no key, assertion, token or text of a neighbour can stand in it.
package struct Breadcrumb: Sendable, Hashable {
  package enum Category: String, Sendable, Hashable, CaseIterable {
    case start = "token_request_start"
    case retry = "token_request_retry"
    case success = "token_request_success"
    case exhausted = "token_request_exhausted"
  }

  package enum Level: String, Sendable, Hashable { case info, warning, error }

  package let category: Category
  package let at: Date
  /// 0 for the first attempt, n for the one after backoff n.
  package let attempt: Int
  /// Why the attempt before a backoff failed, or the last one of an exchange that came to nothing.
  package var reasonCode: ReasonCode?
  /// The backoff that follows.
  package var pause: Duration?
  /// The whole exchange, backoffs included.
  package var duration: Duration?
  package var outcome: ExchangeEvent.Outcome?
  package var errorCode: FailureCode?
  package var mpCode: String?
  package var traceID: String?

  /// `outcome` is how the exchange ended, for an event that ends one.
  package init(_ event: ExchangeEvent, _ outcome: ExchangeOutcome? = nil, at: Date) {
    self.at = at
    switch event {
    case .start:
      category = .start
      attempt = 0
    case .retry(let number, let cause, let pause):
      category = .retry
      attempt = number
      reasonCode = ReasonCode(cause)
      self.pause = pause
    case .success(let attempts, let duration):
      category = .success
      attempt = attempts - 1
      self.duration = duration
    case .ended(let tag, let attempts, let duration):
      category = .exhausted
      attempt = attempts - 1
      self.duration = duration
      self.outcome = tag
      reasonCode = outcome.flatMap(ReasonCode.init)
      let failure = outcome?.failure
      errorCode = failure?.code
      mpCode = failure?.mpCode
      traceID = failure?.traceID
    }
  }

  package var level: Level {
    switch category {
    case .start, .success: .info
    case .retry: .warning
    case .exhausted: .error
    }
  }

  /// `attempt` always; the other members where they apply. Durations are whole milliseconds.
  package var data: [String: JSONValue] {
    var data: [String: JSONValue] = ["attempt": .integer(Int64(attempt))]
    data["reason_code"] = reasonCode.map { .string($0.rawValue) }
    data["pause_ms"] = pause.map { .integer($0.milliseconds) }
    data["duration_ms"] = duration.map { .integer($0.milliseconds) }
    data["outcome"] = outcome.map { .string($0.rawValue) }
    data["error_code"] = errorCode.map { .string($0.rawValue) }
    data["mp_code"] = mpCode.map { .string($0) }
    data["trace_id"] = traceID.map { .string($0) }
    return data
  }
}

/// The closed set of causes by which breadcrumbs can be grouped.
package enum ReasonCode: String, Sendable, Hashable, CaseIterable {
  case serverError = "server_error"
  case rateLimited = "rate_limited"
  case unreachable
  case unanswered
  case unusableAnswer = "unusable_answer"
  case keyUnusable = "key_unusable"
  case unknownKid = "unknown_kid"
  case expiredKey = "expired_key"
  case wrongSignature = "wrong_signature"
  case wrongAudience = "wrong_audience"
  case unknownClient = "unknown_client"
  case untrustedCertificate = "untrusted_certificate"
  case clock
  case lifetimeTooLong = "lifetime_too_long"
  case replayedGrant = "replayed_grant"
  case kidRequired = "kid_required"
  case scopeDenied = "scope_denied"
  case malformed
  case other

  init(_ cause: RetryCause) {
    self =
      switch cause {
      case .serverError: .serverError
      case .rateLimited: .rateLimited
      case .unreachable: .unreachable
      case .unanswered: .unanswered
      }
  }

  init(_ trouble: NeighbourTrouble) {
    self =
      switch trouble.kind {
      case .serverError: .serverError
      case .rateLimited: .rateLimited
      case .unreachable: .unreachable
      case .unanswered: .unanswered
      case .unusableAnswer: .unusableAnswer
      case .rejected: .keyUnusable
      }
  }

  init(_ reason: TokenRefusal.Reason) {
    self =
      switch reason {
      case .unknownKid: .unknownKid
      case .expiredKey: .expiredKey
      case .wrongSignature: .wrongSignature
      case .wrongAudience: .wrongAudience
      case .unknownClient: .unknownClient
      case .untrustedCertificate: .untrustedCertificate
      case .clock: .clock
      case .lifetimeTooLong: .lifetimeTooLong
      case .replayedGrant: .replayedGrant
      case .kidRequired: .kidRequired
      case .scopeDenied: .scopeDenied
      case .malformed: .malformed
      case .other: .other
      }
  }

  /// Nil for a token.
  init?(_ outcome: ExchangeOutcome) {
    switch outcome {
    case .token: return nil
    case .refused(let refusal): self.init(refusal.reason)
    case .exhausted(let trouble), .failed(let trouble), .timedOut(let trouble): self.init(trouble)
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
