internal import Foundation
internal import KeyMaterial
internal import Primitives
package import RotationCore

/// The world as a rotation finds it: a client with one key in use, other systems' keys beside it, an admin client, and
/// an app that is running. Every key is made anew.
package struct SimulatorSetup: Sendable {
  /// Where the environment file and the runbook go; made (0700) if it is not there.
  package var folder: String
  package var client = ClientID("5f0d1c6e-6a2b-4c1e-9d5a-2f4b8e7a1c30")
  package var adminClient = ClientID("a3b8d7c4-1e90-4f6d-8b27-0c5e9f3d6a41")
  package var scopes = ["altinn:serviceowner/instances.read"]
  package var algorithm = SigningAlgorithm.RS256
  /// Keys of other systems on the same client.
  package var foreignKeys = 1
  /// Whether they carry `use`; keys stored before May 2025 may not.
  package var foreignKeysHaveUse = true
  /// `expires_in` of the client's tokens, in seconds.
  package var tokenLifetime = 120
  package var settings: WorldSettings
  /// The runbook's `verification` and `timing`, in whole seconds.
  package var successes = 3
  package var interval: Duration = .seconds(1)
  package var budget: Duration = .seconds(60)
  package var timing: Runbook.Timing
  /// Where the app runs.
  package var hosting = Hosting.file

  package enum Hosting: String, Sendable, CaseIterable {
    /// On this machine, with an environment file.
    case file = "dotenv"
    /// A project on Vercel, with sensitive variables.
    case vercel
  }

  /// Short enough to sit through on the real clock.
  package init(folder: String) {
    self.folder = folder
    settings = WorldSettings()
    settings.publicationDelay = .zero ... .seconds(1)
    settings.removalDelay = .zero ... .seconds(1)
    timing = Runbook.Timing(
      propagation: .seconds(2), overlap: .seconds(3), quarantine: .seconds(3), settle: .seconds(2))
  }

  /// The hours of a real rotation, for a clock that jumps.
  package static func virtual(folder: String) -> SimulatorSetup {
    var setup = SimulatorSetup(folder: folder)
    setup.settings = WorldSettings()
    setup.interval = .seconds(10)
    setup.budget = .seconds(600)
    setup.timing = Runbook.Timing()
    return setup
  }

  /// Makes the keys, writes the environment file (0600) and starts the app. Throws `Failure`; an environment file that
  /// the simulator did not write is left alone and refused.
  package func make(clock: any WallClock) throws -> SimulatorScenario {
    let now = clock.now()
    let store = SealedKeyStore(passphrase: SecretBytes(utf8: Self.secret()))
    let registered = now - .seconds(200 * 86_400)
    let keyEnd = registered + .seconds(365 * 86_400)
    let outgoing = try key("outgoing", in: store)
    let admin = try key("admin", in: store)
    let issuer = try key("issuer", in: store)
    var listed = [PortalKey(outgoing.reference).expiring(keyEnd)]
    for index in 0..<foreignKeys {
      let foreign = PortalKey(try key("system\(index + 1)", in: store).reference).expiring(keyEnd)
      listed.append(foreignKeysHaveUse ? foreign : foreign.without("use"))
    }
    var main = SimulatedClient(id: client, scopes: scopes, tokenLifetime: tokenLifetime, keys: listed)
    main.registered = registered
    let office = SimulatedClient(
      id: adminClient, name: "rehearsal admin", scopes: ["idporten:dcr.read", "idporten:dcr.write"],
      keys: [PortalKey(admin.reference)])
    let world = SimulatedWorld(
      clients: [main, office], settings: settings, issuerSigner: issuer.signer, clock: clock)

    let files = RehearsalFiles(folder: folder)
    let portalSecret = Self.secret()
    try files.write(
      RehearsalFiles.environment(
        client: client, kid: outgoing.reference.kid, pem: outgoing.pem, secret: portalSecret),
      as: ".env")
    let app: SimulatedApp
    var host: VercelHost?
    let hostToken = Self.secret()
    switch hosting {
    case .file:
      app = SimulatedApp(
        world: world, environmentFile: files.path(of: ".env"), scopes: scopes, algorithm: algorithm, keys: store,
        clock: clock)
    case .vercel:
      let project = VercelHost(
        .init(token: hostToken), variables: try files.variables(in: ".env"), clock: clock)
      app = SimulatedApp(
        world: world, host: project, scopes: scopes, algorithm: algorithm, keys: store, clock: clock)
      host = project
      try files.write(outgoing.pem, as: "outgoing.pem", marked: false)
    }
    try app.reload()
    let hosted = host == nil ? [:] : ["VERCEL_TOKEN": hostToken]
    return SimulatorScenario(
      world: world, app: app, host: host, outgoing: outgoing.reference, setup: self,
      environment: hosted.merging([
        "MASKINPORTEN_CLIENT_ID": client.rawValue, "PORTAL_ADMIN_CLIENT_ID": adminClient.rawValue,
        "PORTAL_ADMIN_KID": admin.reference.kid.rawValue, "PORTAL_ADMIN_PRIVATE_KEY": admin.pem,
        "INTERNAL_API_SECRET": portalSecret, "KEYTURN_PASSPHRASE": Self.secret(),
      ]) { own, _ in own })
  }

  /// A pair that somebody plays, sealed nowhere.
  private struct PlayedKey {
    var signer: any AssertionSigner
    var pem: String
    var reference: KeyReference { signer.reference }
  }

  private func key(_ name: String, in store: SealedKeyStore) throws -> PlayedKey {
    let pair = try SealedKeyStore.makePair { KeyID("\(name)-\($0.rawValue.prefix(12))") }
    return PlayedKey(
      signer: try store.signer(for: pair, algorithm: algorithm),
      pem: pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) })
  }

  /// 64 hexadecimal digits.
  private static func secret() -> String { Hex.encode(RandomBytes.make(32)) }
}

extension PortalKey {
  /// The same key with another end.
  fileprivate func expiring(_ end: Date) -> PortalKey {
    PortalKey(members: members.merging(["exp": .integer(Int64(end.timeIntervalSince1970))]) { _, exp in exp })
  }

  fileprivate func without(_ member: String) -> PortalKey {
    PortalKey(members: members.filter { $0.key != member })
  }
}
