package import RotationCore

/// How an exchange ended.
package enum ExchangeOutcome: Sendable {
  case token(AccessToken)
  case refused(TokenRefusal)
  /// The retries are spent.
  case exhausted(NeighbourTrouble)
  /// Trouble that no retry would mend: an answer outside the protocol, or no assertion to send.
  case failed(NeighbourTrouble)
  /// The deadline came, or the caller cancelled, before an answer.
  case timedOut(last: NeighbourTrouble)

  /// The failure in the contract's codes; nil for a token.
  package var failure: Failure? {
    switch self {
    case .token: nil
    case .refused(let refusal): Self.failure(of: refusal)
    case .exhausted(let trouble) where trouble.kind == .rateLimited:
      Failure(
        .transientUpstreamFailure, "\(trouble.neighbour) limits our rate, and gave no token",
        remedy: ["wait, then run it again", "ask for fewer tokens: keep them until shortly before they end"],
        cause: trouble.detail)
    case .exhausted(let trouble):
      Failure(
        .transientUpstreamFailure, "\(trouble.neighbour) gave no token in any attempt",
        remedy: ["check Maskinporten's status page", "run it again; the credential is probably fine"],
        cause: trouble.detail)
    case .failed(let trouble) where trouble.kind == .rejected:
      Failure(.keyUnusable, trouble.detail, remedy: ["check the private key and its passphrase"])
    case .failed(let trouble):
      Failure(
        .transientUpstreamFailure, "\(trouble.neighbour) answered outside its protocol",
        remedy: ["check the token endpoint's URL, and any proxy on the way"], cause: trouble.detail)
    case .timedOut(let trouble):
      Failure(
        .timeout, "no answer from \(trouble.neighbour) before the deadline",
        remedy: ["check the network path to the token endpoint"], cause: trouble.detail)
    }
  }

  private static func failure(of refusal: TokenRefusal) -> Failure {
    let reason = refusal.reason == .other ? "" : ": \(refusal.reason.words)"
    return Failure(
      refusal.failureCode, "Maskinporten refused a token for kid \(refusal.kid)\(reason)",
      remedy: ["keyturn diagnose"], cause: refusal.text ?? refusal.error ?? "status \(refusal.status)",
      traceID: refusal.traceID, mpCode: refusal.mpCode)
  }

  func event(attempts: Int, duration: Duration) -> ExchangeEvent {
    switch self {
    case .token: .success(attempts: attempts, duration: duration)
    case .refused: .ended(.clientError, attempts: attempts, duration: duration)
    case .failed(let trouble):
      .ended(trouble.kind == .rejected ? .clientError : .exhausted, attempts: attempts, duration: duration)
    case .exhausted: .ended(.exhausted, attempts: attempts, duration: duration)
    case .timedOut: .ended(.timeout, attempts: attempts, duration: duration)
    }
  }
}
