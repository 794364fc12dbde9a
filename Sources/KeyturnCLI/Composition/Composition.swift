internal import KeyMaterial
package import Neighbours
package import RotationCore

/// The one place where parts are put together, and the only caller of providers' initialisers.
package struct Composition: Sendable {
  package let configuration: Configuration

  package init(_ configuration: Configuration) { self.configuration = configuration }

  /// The neighbours of `runbook`. `keys` signs for the admin client. Opens no connection; a program of the operator's is
  /// asked what it can.
  package func neighbourhood(of runbook: Runbook, keys: any KeyStore) async throws(Failure) -> Neighbourhood {
    let clock = configuration.clock
    let maskinporten = runbook.maskinporten
    let transport = try HTTPTransport(version: Program.version, caFile: maskinporten.caFile, clock: clock)
    let portal = try portal(of: runbook, keys: keys, transport)
    let verification = runbook.verification
    var sites: [Neighbourhood.Site] = []
    for target in runbook.targets {
      let site = try await site(target, runbook, transport)
      guard !sites.contains(where: { $0.target.name == site.target.name }) else {
        throw Failure(
          .runbookInvalid, "two targets call themselves \(site.target.name)",
          remedy: ["give them different names: an exec program names itself in its answer to describe"])
      }
      sites.append(site)
    }
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
  ) async throws(Failure) -> Engine {
    Engine(
      parts: parts(ledger: ledger, keys: keys, operatorName: operatorName, observe: observe), runbook: loaded.runbook,
      source: loaded.source, world: try await neighbourhood(of: loaded.runbook, keys: keys))
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

  /// One target with its beacon. `gate`: what each of its outside calls passes.
  package func site(
    _ target: Runbook.Target, _ runbook: Runbook, gate: any CallGate
  ) async throws(Failure) -> Neighbourhood.Site {
    let transport = try HTTPTransport(
      version: Program.version, caFile: runbook.maskinporten.caFile, clock: configuration.clock)
    return try await site(target, runbook, transport, gate)
  }

  private func site(
    _ target: Runbook.Target, _ runbook: Runbook, _ transport: HTTPTransport, _ gate: any CallGate = OpenGate()
  ) async throws(Failure) -> Neighbourhood.Site {
    let beacon: (any SignerBeacon)? = target.beaconURL.map { HTTPSignerBeacon(url: $0, transport: transport) }
    switch target.kind {
    case .dotenv(let settings):
      let file = DotenvTarget(
        settings, folder: runbook.folder, environment: configuration.environment, withheld: runbook.variablesNamed,
        gate: gate)
      return Neighbourhood.Site(target: file, beacon: beacon)
    case .vercel(let settings):
      let project = VercelTarget(
        settings, beaconURL: target.beaconURL, readinessURL: runbook.verification.readinessURL,
        readinessSecret: runbook.verification.readinessSecret, transport: transport, clock: configuration.clock,
        gate: gate)
      return Neighbourhood.Site(target: project, beacon: beacon)
    case .exec(let settings):
      let program = try await ExecTarget.describe(
        settings, folder: runbook.folder, environment: configuration.environment, withheld: runbook.variablesNamed,
        clock: configuration.clock, gate: gate)
      return Neighbourhood.Site(target: program, beacon: beacon ?? (program.reportsLive ? program : nil))
    }
  }
}
