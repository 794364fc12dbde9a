package import RotationCore

/// Where tokens come from: the live client or the mock, chosen once by `MASKINPORTEN_MODE`.
package protocol TokenSource: Sendable {
  /// One token, or why there is none; `observe` is told of every event on the way.
  func token(observe: @escaping @Sendable (ExchangeEvent) -> Void) async -> ExchangeOutcome
}

extension TokenSource {
  package func token() async -> ExchangeOutcome { await token { _ in } }
}

/// Real token exchanges with one key.
package struct LiveTokens: TokenSource {
  private let exchange: TokenExchange
  private let signer: any AssertionSigner

  package init(exchange: TokenExchange, signer: any AssertionSigner) {
    self.exchange = exchange
    self.signer = signer
  }

  package func token(observe: @escaping @Sendable (ExchangeEvent) -> Void) async -> ExchangeOutcome {
    await exchange.token(with: signer, observe: observe)
  }
}

/// Tokens that no one accepts, without a network: for every mode but live.
package struct MockTokens: TokenSource {
  /// `expires_in`, as Maskinporten's default.
  package static let lifetime = 120

  private let kid: KeyID
  private let scopes: [String]
  private let clock: any WallClock

  package init(kid: KeyID, scopes: [String], clock: any WallClock) {
    self.kid = kid
    self.scopes = scopes
    self.clock = clock
  }

  package func token(observe: @escaping @Sendable (ExchangeEvent) -> Void) async -> ExchangeOutcome {
    observe(.start)
    let now = clock.now()
    observe(.success(attempts: 1, duration: .zero))
    let grant = TokenGrant(kid: kid, at: now, lifetime: Self.lifetime, scope: scopes.joined(separator: " "))
    return .token(
      AccessToken(grant: grant, value: SecretString("mock-token"), expires: now + .seconds(Self.lifetime)))
  }
}
