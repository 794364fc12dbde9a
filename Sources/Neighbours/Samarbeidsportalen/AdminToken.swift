package import RotationCore

/// The admin client's token for the self-service API, fetched when needed and kept until shortly before it ends.
package struct AdminToken: Sendable {
  private let cache: TokenCache

  /// `signer` holds the admin client's own key, never the key that is rotated.
  package init(exchange: TokenExchange, signer: any AssertionSigner, clock: any WallClock) {
    cache = TokenCache(LiveTokens(exchange: exchange, signer: signer), clock: clock)
  }

  /// A token with at least `margin` of its life left. Throws `TokenRefusal`, or `NeighbourTrouble` of a kind that says
  /// that nothing was sent to the portal, which is true whatever became of the token request.
  func token(margin: Duration) async throws -> (value: SecretString, wasKept: Bool) {
    let (outcome, wasKept) = await cache.token(margin: margin)
    switch outcome {
    case .token(let token): return (token.value, wasKept)
    case .refused(let refusal): throw refusal
    case .exhausted(let trouble), .failed(let trouble), .timedOut(let trouble):
      throw NeighbourTrouble(
        neighbour: SelfServicePortal.neighbour, kind: trouble.kind == .rateLimited ? .rateLimited : .unreachable,
        detail: "no admin token: \(trouble.neighbour): \(trouble.detail)", retryAfter: trouble.retryAfter)
    }
  }

  func drop() async { await cache.drop() }
}
