internal import KeyMaterial
internal import Neighbours
internal import RotationCore

/// The live integration of the process environment, put together.
struct LiveParts {
  let environment: LiveEnvironment
  let signer: any AssertionSigner
  let transport: HTTPTransport
  private let clock: any WallClock

  /// What a token is asked for where nobody says: the scope of the shipped runbooks.
  static let defaultScopes = ["altinn:serviceowner/instances.read"]

  init(_ environment: LiveEnvironment, caFile: String? = nil, _ configuration: Configuration) throws {
    self.environment = environment
    clock = configuration.clock
    transport = try HTTPTransport(version: Program.version, caFile: caFile, clock: clock)
    let pair = SigningPair(kid: environment.kid, privateKey: SecretBytes(utf8: environment.privateKey.reveal()))
    signer = try PublicHalves().signer(for: pair, algorithm: .RS256)
  }

  /// All findings of the environment, or it; loopback addresses pass, as in a rehearsal.
  static func environment(in variables: [String: String]) throws(LiveFindings) -> LiveEnvironment {
    try LiveEnvironment(reading: variables, checkingKeyWith: SigningTrial(), addresses: .httpsOrLoopback)
  }

  /// `issuer` other than the environment's: to ask another server for its metadata.
  func client(scopes: [String] = [], issuer: String? = nil) -> MaskinportenClient {
    MaskinportenClient(
      transport: transport, issuer: issuer ?? environment.issuer, tokenEndpoint: environment.tokenEndpoint,
      clientID: environment.clientID, scopes: scopes, clock: clock)
  }

  /// `signals` gets the breadcrumbs; a diagnosis gives none, since it must not raise the alert that it explains.
  func tokens(scopes: [String], deadline: Duration, signals: ExchangeSignals? = nil) -> LiveTokens {
    LiveTokens(
      exchange: TokenExchange(
        client: client(scopes: scopes), clock: clock, budget: TokenExchange.Budget(deadline: deadline),
        signals: signals),
      signer: signer)
  }
}
