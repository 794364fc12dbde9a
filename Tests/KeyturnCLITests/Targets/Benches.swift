import Foundation
import FoundationNetworking
import KeyMaterial
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

/// Keys for every bench of this suite, made once.
enum CheckKeys {
  static let store = SealedKeyStore(passphrase: SecretBytes(utf8: "a passphrase of the tests"), scheme: .cheap)
  static let pairs = Result { try ConformancePairs(made: store, at: epoch) }
  static let issuer = Result {
    try store.signer(for: store.generate(bits: 2048, algorithm: .RS256, at: epoch) { _ in KeyID("issuer") })
  }
  private static let epoch = Date(timeIntervalSince1970: 0)
}

extension HeldPair {
  var pem: String { copy().privateKey.withBytes { String(decoding: $0, as: UTF8.self) } }
}

/// What a restart left in a file, as a beacon would tell it.
struct FileBeacon: SignerBeacon {
  let read: @Sendable () throws -> String

  func signingKid() async throws -> KeyID { KeyID(try read()) }
}

/// An environment file, and an «app» that copies it when it is restarted.
struct DotenvBench: ConformanceBench {
  let folder: String
  let pairs: ConformancePairs
  let reload: [String]
  let path: String

  init(
    folder: String, reload: [String] = ["sh", "-c", "cp .env live && ! rm broken 2>/dev/null"],
    path: String = "/usr/bin:/bin"
  ) throws {
    self.folder = folder
    self.reload = reload
    self.path = path
    pairs = try CheckKeys.pairs.get()
  }

  private var file: String { folder + "/.env" }

  func target(_ gate: any CallGate) async throws -> any DeploymentTarget {
    DotenvTarget(
      Runbook.Dotenv(path: file, reload: reload), folder: folder, environment: ["PATH": path], withheld: [], gate: gate)
  }

  private func text(_ pair: HeldPair) -> String {
    "PORT=3000\nMASKINPORTEN_KID=\(pair.kid)\nMASKINPORTEN_PRIVATE_KEY='\(pair.pem)'\nLAST=1\n"
  }

  func reset() async throws {
    for name in ["/.env", "/live"] { try put(text(pairs.outgoing), folder + name) }
    try? FileManager.default.removeItem(atPath: folder + "/broken")
  }

  func running() async throws -> KeyID? {
    let text = String(decoding: try Data(contentsOf: URL(filePath: folder + "/live")), as: UTF8.self)
    return text.firstMatch(of: /MASKINPORTEN_KID='?([^'\n]+)/).map { KeyID(String($0.1)) }
  }

  func versions() async throws -> Int? { nil }

  func act(_ act: ConformanceAct) async throws -> Bool {
    switch act {
    case .setForeign: try put(text(pairs.foreign), file)
    case .halve: try put("MASKINPORTEN_KID=\(pairs.outgoing.kid)\n", file)
    case .breakNextVersion: try put("", folder + "/broken")
    case .landLate: break
    case .splitNextWrite: return false
    }
    return true
  }

  var intrude: (@Sendable () throws -> Void)? { { try put(text(pairs.foreign), file) } }
}

/// The README's program that keeps a folder of versions, and hands that reach into the folder.
struct FolderProgramBench: ConformanceBench {
  let folder: String
  let plain: PlainBench
  /// One that remembers nothing and is let through.
  let program: ExecTarget

  /// `target` in `folder` is the program.
  init(folder: String) async throws {
    self.folder = folder
    let settings = Runbook.Exec(command: ["./target"], settings: ["folder": .string(folder + "/app")])
    @Sendable func make(_ gate: any CallGate) async throws -> ExecTarget {
      try await ExecTarget.describe(
        settings, folder: folder, environment: ["PATH": Readme.path], withheld: [], clock: ManualClock(), gate: gate)
    }
    program = try await make(OpenGate())
    plain = PlainBench(pairs: try CheckKeys.pairs.get(), beacon: program, clock: ManualClock()) { gate in
      try await make(gate)
    }
  }

  var pairs: ConformancePairs { plain.pairs }
  func target(_ gate: any CallGate) async throws -> any DeploymentTarget { try await plain.target(gate) }

  func reset() async throws {
    try? FileManager.default.removeItem(atPath: app)
    try lay(pairs.outgoing, at: ["staged", "live"])
  }

  func running() async throws -> KeyID? {
    let version = try FileManager.default.destinationOfSymbolicLink(atPath: app + "/live")
    return version.split(separator: "/").last.map { KeyID(String($0)) }
  }

  func versions() async throws -> Int? {
    try FileManager.default.contentsOfDirectory(atPath: app + "/versions").count - 1
  }

  private var app: String { folder + "/app" }

  /// Sets the pair by hand, as a version to which the links lead.
  func lay(_ pair: HeldPair, at links: [String]) throws {
    let version = app + "/versions/\(pair.kid)"
    try FileManager.default.createDirectory(atPath: version, withIntermediateDirectories: true)
    try put(pair.kid.rawValue, version + "/kid")
    try put(pair.pem, version + "/key.pem")
    for link in links {
      try? FileManager.default.removeItem(atPath: "\(app)/\(link)")
      try FileManager.default.createSymbolicLink(
        atPath: "\(app)/\(link)", withDestinationPath: "versions/\(pair.kid)")
    }
  }

  func act(_ act: ConformanceAct) async throws -> Bool {
    switch act {
    case .setForeign: try intrude?()
    case .halve: try FileManager.default.removeItem(atPath: app + "/versions/\(pairs.outgoing.kid)/key.pem")
    case .landLate: break
    case .breakNextVersion, .splitNextWrite: return false
    }
    return true
  }

  var intrude: (@Sendable () throws -> Void)? {
    { [self] in try lay(pairs.foreign, at: ["staged"]) }
  }
}

/// A project of the simulator's Vercel behind real HTTP, with a clock that moves when somebody sleeps on it.
final class VercelBench: ConformanceBench {
  static let token = "vercel-token-of-the-tests"
  let pairs: ConformancePairs
  let clock = ManualClock()
  let host: VercelHost
  let app: SimulatedApp
  let server: SimulatorServer
  let type: Runbook.Vercel.VariableType
  let transport: HTTPTransport
  private let adjust: @Sendable (inout Runbook.Vercel) -> Void

  init(
    _ type: Runbook.Vercel.VariableType, _ knobs: (inout VercelHost.Settings) -> Void = { _ in },
    adjust: @escaping @Sendable (inout Runbook.Vercel) -> Void = { _ in }
  ) async throws {
    pairs = try CheckKeys.pairs.get()
    self.type = type
    self.adjust = adjust
    var settings = VercelHost.Settings(token: Self.token)
    settings.buildTime = .seconds(1)
    knobs(&settings)
    host = VercelHost(settings, variables: Self.variables(pairs.outgoing), type: type.rawValue, clock: clock)
    let world = SimulatedWorld(
      clients: [SimulatedClient(id: ClientID("client"), scopes: ["a:b"], keys: [])], settings: .immediate,
      issuerSigner: try CheckKeys.issuer.get(), clock: clock)
    app = SimulatedApp(world: world, host: host, scopes: ["a:b"], keys: CheckKeys.store, clock: clock)
    server = try await SimulatorServer.start(world: world, app: app, host: host)
    transport = try HTTPTransport(version: "1", clock: clock)
  }

  static func variables(_ pair: HeldPair) -> [String: String] {
    [
      "MASKINPORTEN_MODE": "live", "MASKINPORTEN_CLIENT_ID": "client", "MASKINPORTEN_KID": pair.kid.rawValue,
      "MASKINPORTEN_PRIVATE_KEY": pair.pem, "INTERNAL_API_SECRET": String(repeating: "s", count: 40),
    ]
  }

  func make(_ gate: any CallGate = OpenGate(), chance: Double = 0) -> VercelTarget {
    var settings = Runbook.Vercel(
      token: SecretString(Self.token), project: "rehearsal-app", type: type, api: server.baseURL + "/vercel")
    adjust(&settings)
    return VercelTarget(
      settings, beaconURL: server.baseURL + "/app/signer",
      readinessURL: server.baseURL + "/api/v1/_internal/maskinporten/readiness",
      readinessSecret: SecretString(String(repeating: "s", count: 40)), transport: transport, clock: clock, gate: gate,
      chance: { chance })
  }

  func target(_ gate: any CallGate) async throws -> any DeploymentTarget { make(gate) }

  /// Asks the API itself, past every client of ours; the answer's status.
  func ask(_ method: String, _ path: String) async throws -> Int {
    var request = URLRequest(url: try #require(URL(string: "\(server.baseURL)/vercel/\(path)")))
    request.httpMethod = method
    request.setValue("Bearer \(Self.token)", forHTTPHeaderField: "Authorization")
    request.httpBody = Data("{}".utf8)
    let (_, answer) = try await URLSession.shared.data(for: request)
    return (answer as? HTTPURLResponse)?.statusCode ?? 0
  }

  /// Sets the incoming pair. Returns the order to bring it up.
  func swapped() async throws -> TargetOrder {
    let bookmark = try await make().bookmark()
    try await make().write(pairs.incoming.copy(), replacing: nil)
    return order(pairs.incoming, bookmark: bookmark)
  }

  /// What a new look finds.
  func holding() async -> Holding { await CheckKeys.store.holding(of: make().read()) }

  func reset() async throws {
    clock.advance(by: .seconds(3_600))
    host.begin(with: Self.variables(pairs.outgoing), type: type.rawValue)
  }

  func running() async throws -> KeyID? { app.signingKid }
  func versions() async throws -> Int? { host.deploymentCount - 1 }

  func act(_ act: ConformanceAct) async throws -> Bool {
    clock.advance(by: .seconds(120))
    switch act {
    case .setForeign:
      host.set("MASKINPORTEN_KID", to: pairs.foreign.kid.rawValue)
      host.set("MASKINPORTEN_PRIVATE_KEY", to: pairs.foreign.pem)
    case .halve: host.set("MASKINPORTEN_PRIVATE_KEY", to: nil)
    case .breakNextVersion: host.plan(.modeIsLost)
    case .splitNextWrite: host.plan(.halfOfTheVariables)
    case .landLate: clock.advance(by: .seconds(3_600))
    }
    return true
  }

  var intrude: (@Sendable () throws -> Void)? {
    { [self] in
      clock.advance(by: .seconds(120))
      host.set("MASKINPORTEN_KID", to: pairs.foreign.kid.rawValue)
      host.set("MASKINPORTEN_PRIVATE_KEY", to: pairs.foreign.pem)
    }
  }

  func order(_ pair: HeldPair, _ direction: TargetOrder.Direction = .forward, bookmark: String? = nil) -> TargetOrder {
    TargetOrder(
      rotation: RotationID(rawValue: "R-20261122-TEST"), kid: pair.kid, direction: direction, bookmark: bookmark)
  }
}

/// A bench whose target claims one thing more than it can.
struct BoastingBench: ConformanceBench {
  let base: any ConformanceBench
  let lie: TargetCapabilities

  var pairs: ConformancePairs { base.pairs }
  func target(_ gate: any CallGate) async throws -> any DeploymentTarget {
    BoastingTarget(base: try await base.target(gate), lie: lie)
  }
  func reset() async throws { try await base.reset() }
  func running() async throws -> KeyID? { try await base.running() }
  func versions() async throws -> Int? { try await base.versions() }
  func act(_ act: ConformanceAct) async throws -> Bool { try await base.act(act) }
  var intrude: (@Sendable () throws -> Void)? { base.intrude }
}

struct BoastingTarget: DeploymentTarget {
  let base: any DeploymentTarget
  let lie: TargetCapabilities

  var name: String { base.name }
  var capabilities: TargetCapabilities { base.capabilities.union(lie) }
  func preflight() async -> TargetPreflight { await base.preflight() }
  func read() async -> TargetReading { await base.read() }
  func bookmark() async throws -> String? { try await base.bookmark() }
  func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
    try await base.write(pair, replacing: expected)
  }
  func deploy(_ order: TargetOrder) async throws { try await base.deploy(order) }
  func settle(_ order: TargetOrder) async throws { try await base.settle(order) }
  func cleanUp(_ order: TargetOrder, removed: KeyID) async throws -> [String] {
    try await base.cleanUp(order, removed: removed)
  }
}

func put(_ text: String, _ path: String, mode: Int = 0o600) throws {
  guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else { throw POSIXError(.EIO) }
  try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}

/// A folder of its own for the time of `body`.
func withTargetFolder<R>(_ body: (String) async throws -> R) async throws -> R {
  let folder = try TestFolder()
  defer { withExtendedLifetime(folder) {} }
  return try await body(folder.path)
}
