internal import KeyMaterial
package import Neighbours
package import RotationCore

/// The one place where parts are put together, and the only caller of providers' initialisers.
package struct Composition: Sendable {
  package let configuration: Configuration

  package init(_ configuration: Configuration) { self.configuration = configuration }

  /// The neighbours of `runbook`. `keys` signs for the admin client. Opens no connection.
  package func neighbourhood(of runbook: Runbook, keys: any KeyStore) throws(Failure) -> Neighbourhood {
    let clock = configuration.clock
    let maskinporten = runbook.maskinporten
    let transport = try HTTPTransport(version: Program.version, caFile: maskinporten.caFile, clock: clock)
    let portal = try portal(of: runbook, keys: keys, transport)
    let verification = runbook.verification
    var sites: [Neighbourhood.Site] = []
    for target in runbook.targets { sites.append(try site(target, runbook, transport)) }
    return Neighbourhood(
      tokens: client(maskinporten, maskinporten.clientID, maskinporten.scopes, transport), portal: portal,
      sites: sites,
      readiness: verification.readinessURL.map {
        HTTPReadinessProbe(url: $0, secret: verification.readinessSecret, transport: transport)
      })
  }

  /// The receivers of `notify:`, named by their place in the runbook.
  func receivers(of runbook: Runbook, _ errands: Errands) throws(Failure) -> [WebhookReceiver] {
    if runbook.notify.isEmpty { return [] }
    let clock = configuration.clock
    let transport = try HTTPTransport(version: Program.version, caFile: runbook.maskinporten.caFile, clock: clock)
    var receivers: [WebhookReceiver] = []
    for (place, webhook) in runbook.notify.enumerated() {
      receivers.append(
        WebhookReceiver(
          name: "notify[\(place)]", url: webhook.url, key: try WebhookKey(webhook.secret), transport: transport,
          clock: clock, errands: errands))
    }
    return receivers
  }

  /// The portal alone, as `clientID` sees it (default: the runbook's client); nil for a manual one.
  package func portal(of runbook: Runbook, clientID: ClientID? = nil, keys: any KeyStore) throws(Failure)
    -> SelfServicePortal?
  {
    let transport = try HTTPTransport(
      version: Program.version, caFile: runbook.maskinporten.caFile, clock: configuration.clock)
    return try portal(of: runbook, clientID: clientID, keys: keys, transport)
  }

  private func portal(
    of runbook: Runbook, clientID: ClientID? = nil, keys: any KeyStore, _ transport: HTTPTransport
  ) throws(Failure) -> SelfServicePortal? {
    guard case .selfService(let admin) = runbook.portal else { return nil }
    let maskinporten = runbook.maskinporten
    let exchange = TokenExchange(
      client: client(maskinporten, admin.clientID, admin.scopes, transport), clock: configuration.clock,
      signals: configuration.signals.exchanges(configuration))
    return SelfServicePortal(
      base: maskinporten.selfServiceAPI ?? "", clientID: clientID ?? maskinporten.clientID,
      adminToken: AdminToken(exchange: exchange, signer: try signer(of: admin, keys), clock: configuration.clock),
      transport: transport)
  }

  private func client(
    _ maskinporten: Runbook.Maskinporten, _ id: ClientID, _ scopes: [String], _ transport: HTTPTransport
  ) -> MaskinportenClient {
    MaskinportenClient(
      transport: transport, issuer: maskinporten.issuer, tokenEndpoint: maskinporten.tokenEndpoint, clientID: id,
      scopes: scopes, clock: configuration.clock)
  }

  /// An engine for `loaded` over `ledger`.
  package func engine(
    _ loaded: LoadedRunbook, ledger: any RotationLedger, keys: any KeyStore, operatorName: String,
    observe: @escaping @Sendable (EngineEvent) -> Void = { _ in }
  ) throws(Failure) -> Engine {
    Engine(
      parts: parts(ledger: ledger, keys: keys, operatorName: operatorName, observe: observe), runbook: loaded.runbook,
      source: loaded.source, world: try neighbourhood(of: loaded.runbook, keys: keys))
  }

  /// What an engine stands on besides its neighbours.
  package func parts(
    ledger: any RotationLedger, keys: any KeyStore, operatorName: String,
    observe: @escaping @Sendable (EngineEvent) -> Void = { _ in }
  ) -> EngineParts {
    EngineParts(
      ledger: ledger, keys: keys, clock: configuration.clock, stop: configuration.stop, operatorName: operatorName,
      version: Program.version, digest: LoadedRunbook.digest, observe: observe)
  }

  private func signer(of admin: Runbook.AdminClient, _ keys: any KeyStore) throws(Failure) -> any AssertionSigner {
    let pair = SigningPair(kid: admin.kid, privateKey: SecretBytes(utf8: admin.privateKey.reveal()))
    do { return try keys.signer(for: pair, algorithm: .RS256) } catch {
      let reason = (error as? Failure)?.summary ?? "it cannot be read"
      throw Failure(
        .inputInvalid, "portal.admin_key is unusable: \(reason)",
        remedy: ["set the variable that it names to the admin client's RSA private key, as PEM"])
    }
  }

  private func site(_ target: Runbook.Target, _ runbook: Runbook, _ transport: HTTPTransport) throws(Failure)
    -> Neighbourhood.Site
  {
    let beacon = target.beaconURL.map { HTTPSignerBeacon(url: $0, transport: transport) }
    switch target.kind {
    case .dotenv(let settings):
      let file = DotenvTarget(
        settings, folder: runbook.folder, environment: configuration.environment, withheld: runbook.variablesNamed)
      return Neighbourhood.Site(target: file, beacon: beacon)
    case .vercel: throw notAvailable("vercel")
    case .exec: throw notAvailable("exec")
    }
  }

  private func notAvailable(_ kind: String) -> Failure {
    Failure(
      .runbookInvalid, "targets of kind \(kind) are not available in this version",
      remedy: ["use a dotenv target", "nothing was opened or changed"])
  }
}
