extension TokenRefusal {
  /// The contract's code: every 401, and a 400 with `invalid_grant` or `invalid_client`, is a failed authentication.
  package var failureCode: FailureCode {
    if status == 403 || reason == .scopeDenied { return .maskinportenScopeDenied }
    if status == 401 { return .maskinportenAuthFailed }
    return error == "invalid_grant" || error == "invalid_client"
      ? .maskinportenAuthFailed : .maskinportenRequestRejected
  }
}
