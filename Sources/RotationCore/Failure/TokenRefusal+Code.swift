extension TokenRefusal {
  /// The contract's code. Every 401, whatever its body, and a 400 with `invalid_grant` or `invalid_client` is a failed
  /// authentication; a refused scope and any other 403 is a denied scope.
  package var failureCode: FailureCode {
    if status == 401 { return .maskinportenAuthFailed }
    if status == 403 || reason == .scopeDenied { return .maskinportenScopeDenied }
    return error == "invalid_grant" || error == "invalid_client"
      ? .maskinportenAuthFailed : .maskinportenRequestRejected
  }
}
