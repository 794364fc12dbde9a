package import RotationCore

/// The admin client's token for the self-service API, fetched when needed and kept until shortly before it ends.
package actor AdminToken {
  private let exchange: TokenExchange
  private let signer: any AssertionSigner
  private let clock: any WallClock
  private var kept: AccessToken?

  /// `signer` holds the admin client's own key, never the key that is rotated.
  package init(exchange: TokenExchange, signer: any AssertionSigner, clock: any WallClock) {
    self.exchange = exchange
    self.signer = signer
    self.clock = clock
  }

  /// A token with at least `margin` of its life left. Throws `TokenRefusal`, or `NeighbourTrouble` of a kind that says
  /// that nothing was sent to the portal, which is true whatever became of the token request.
  func token(margin: Duration) async throws -> (value: SecretString, wasKept: Bool) {
    if let kept, clock.now() + margin < kept.expires { return (kept.value, true) }
    kept = nil
    switch await exchange.token(with: signer) {
    case .token(let token):
      kept = token
      return (token.value, false)
    case .refused(let refusal): throw refusal
    case .exhausted(let trouble), .failed(let trouble), .timedOut(let trouble):
      throw NeighbourTrouble(
        neighbour: SelfServicePortal.neighbour, kind: trouble.kind == .rateLimited ? .rateLimited : .unreachable,
        detail: "no admin token: \(trouble.neighbour): \(trouble.detail)", retryAfter: trouble.retryAfter)
    }
  }

  func drop() { kept = nil }
}
