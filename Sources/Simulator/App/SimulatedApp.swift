internal import Foundation
internal import Primitives
package import RotationCore
internal import Synchronization

/// The app that signs with the pair in its environment file: it reads the file at its start and on `reload`, and in
/// between keeps what it read, as a process does. A `.env` that changed is not a key in use.
package final class SimulatedApp: Sendable {
  /// One token request of the app.
  package struct Call: Sendable, Hashable {
    package var kid: KeyID?
    package var granted: Bool
    package var error: String?
  }

  /// Where an app's variables come from.
  private enum Source { case file(String), host(VercelHost), given([String: String]) }

  private struct State {
    /// The deployment that is loaded, on a host.
    var deployment: String?
    var variables: [String: String] = [:]
    var signer: (any AssertionSigner)?
    var pretended: ReadinessStatus?
    var reloads = 0
  }

  private let world: SimulatedWorld
  private let source: Source
  private let scopes: [String]
  private let algorithm: SigningAlgorithm
  private let keys: any KeyStore
  private let clock: any WallClock
  private let state = Mutex(State())

  /// Reads nothing yet: the first `reload` starts it. `keys` reads the PEM, as the code does that signs.
  package init(
    world: SimulatedWorld, environmentFile: String, scopes: [String], algorithm: SigningAlgorithm = .RS256,
    keys: any KeyStore, clock: any WallClock
  ) {
    self.world = world
    source = .file(environmentFile)
    self.scopes = scopes
    self.algorithm = algorithm
    self.keys = keys
    self.clock = clock
  }

  /// On a host: what runs is the deployment that the production address leads to.
  package init(
    world: SimulatedWorld, host: VercelHost, scopes: [String], algorithm: SigningAlgorithm = .RS256,
    keys: any KeyStore, clock: any WallClock
  ) {
    self.world = world
    source = .host(host)
    self.scopes = scopes
    self.algorithm = algorithm
    self.keys = keys
    self.clock = clock
  }

  private init(of app: SimulatedApp, variables: [String: String]) {
    world = app.world
    source = .given(variables)
    scopes = app.scopes
    algorithm = app.algorithm
    keys = app.keys
    clock = app.clock
  }

  /// The same app, started with these variables. Throws `Failure`.
  func running(_ variables: [String: String]) throws -> SimulatedApp {
    let app = SimulatedApp(of: self, variables: variables)
    try app.reload()
    return app
  }

  /// A host changes what runs without being asked by the app.
  private func follow() {
    guard case .host(let host) = source else { return }
    let live = host.live.deployment
    guard state.withLock({ $0.deployment != live }) else { return }
    do { try reload() } catch {
      state.withLock { ($0.deployment, $0.signer) = (live, nil) }
    }
  }

  /// Starts anew with what the file says now; all of it or, after a throw, nothing of it. Throws `Failure`.
  package func reload() throws {
    let variables: [String: String]
    var deployment: String?
    switch source {
    case .given(let given): variables = given
    case .host(let host): (deployment, variables) = host.live
    case .file(let path):
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw Failure(.deployFailed, "the app cannot read its environment file \(path)")
      }
      variables = EnvironmentFile.parse(String(decoding: bytes, as: UTF8.self))
    }
    guard let kid = variables["MASKINPORTEN_KID"], !kid.isEmpty, let value = variables["MASKINPORTEN_PRIVATE_KEY"]
    else {
      throw Failure(.deployFailed, "the app's environment lacks MASKINPORTEN_KID or MASKINPORTEN_PRIVATE_KEY")
    }
    let pem = value.hasPrefix("-----BEGIN") ? value : Self.decoded(value)
    let pair = SigningPair(kid: KeyID(kid), privateKey: SecretBytes(utf8: pem))
    let signer = try keys.signer(for: pair, algorithm: algorithm)
    state.withLock { state in
      state.deployment = deployment
      state.variables = variables
      state.signer = signer
      state.reloads += 1
    }
  }

  /// The kid that the running app signs with; nil before its first start.
  package var signingKid: KeyID? {
    follow()
    return state.withLock { $0.signer?.reference.kid }
  }

  /// Starts so far.
  package var reloads: Int { state.withLock(\.reloads) }

  /// One token request with the key that is loaded now, through the same checks as everybody's.
  package func call() -> Call {
    follow()
    let (signer, client) = state.withLock { ($0.signer, $0.variables["MASKINPORTEN_CLIENT_ID"]) }
    guard let signer, let client else { return Call(granted: false, error: "the app has no key") }
    let issued = Int64(clock.now().timeIntervalSince1970)
    let claims: JSONValue = [
      "aud": .string(world.issuer), "iss": .string(client), "scope": .string(scopes.joined(separator: " ")),
      "iat": .integer(issued), "exp": .integer(issued + 120), "jti": .string(Hex.encode(RandomBytes.make(16))),
    ]
    let kid = signer.reference.kid
    guard let assertion = try? signer.sign(claims: claims) else {
      return Call(kid: kid, granted: false, error: "the app cannot sign")
    }
    let answer = world.token(
      contentType: "application/x-www-form-urlencoded", body: GrantForm.body(for: assertion), route: .call)
    return Call(kid: kid, granted: answer.status == 200, error: answer.json?["error_description"]?.string)
  }

  // MARK: Readiness

  /// Makes the probe say `status` whatever is loaded; nil ends it.
  package func pretend(_ status: ReadinessStatus?) { state.withLock { $0.pretended = status } }

  /// No network: what is loaded, and whether it could be used.
  package var readiness: ReadinessStatus {
    follow()
    return state.withLock { state in
      if let pretended = state.pretended { return pretended }
      guard state.variables["MASKINPORTEN_MODE"] == "live" else { return .mock }
      var failures: [ReadinessFinding] = []
      if state.variables["MASKINPORTEN_CLIENT_ID"]?.isEmpty != false {
        failures.append(ReadinessFinding(field: "MASKINPORTEN_CLIENT_ID", reason: "missing"))
      }
      if state.signer == nil {
        failures.append(
          ReadinessFinding(field: "MASKINPORTEN_PRIVATE_KEY", reason: "invalid or unusable for JWT signing"))
      }
      return failures.isEmpty ? .ready : .notReady(failures: failures)
    }
  }

  /// The bearer secret of the probe, from the app's environment; none, or an empty one, lets nobody in.
  func admits(_ authorization: String?) -> Bool {
    follow()
    guard let secret = state.withLock({ $0.variables["INTERNAL_API_SECRET"] }), !secret.isEmpty else { return false }
    return ConstantTime.areEqual(Data("Bearer \(secret)".utf8), Data((authorization ?? "").utf8))
  }

  private static func decoded(_ value: String) -> String {
    Data(base64Encoded: value).map { String(decoding: $0, as: UTF8.self) } ?? value
  }
}
