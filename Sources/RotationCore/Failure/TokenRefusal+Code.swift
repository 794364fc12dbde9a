extension TokenRefusal {
  /// The contract's code, by status and `error`; only where those say nothing do the words of a denied scope decide.
  package var failureCode: FailureCode {
    switch (status, error) {
    case (401, _): .maskinportenAuthFailed
    case (403, _), (_, "invalid_scope"): .maskinportenScopeDenied
    case (400, "invalid_grant"), (400, "invalid_client"): .maskinportenAuthFailed
    case (400, _) where reason == .scopeDenied: .maskinportenScopeDenied
    default: .maskinportenRequestRejected
    }
  }
}
