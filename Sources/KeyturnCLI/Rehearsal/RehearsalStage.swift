internal import ArgumentParser
internal import Foundation
internal import KeyMaterial
internal import RotationCore
internal import RotationStore
internal import Simulator
internal import Synchronization

/// What a scenario changes before it begins.
struct StageDirections {
  var setup: (inout SimulatorSetup) -> Void = { _ in }
  /// Over the runbook's text.
  var runbook: (String) -> String = { $0 }
  /// Of the rotation's own keys.
  var sealing = SealingScheme.scrypt
}

/// One rehearsal's world: a state folder, an app with its environment file, and Maskinporten and the portal over real
/// HTTP on loopback, all on one clock that jumps. Everything is made anew and lies in one folder.
final class RehearsalStage: Sendable {
  let scenario: SimulatorScenario
  let clock: VirtualClock
  let loaded: LoadedRunbook
  /// For processes of short life; each would spend a second on the passphrase otherwise.
  let keys: SealedKeyStore
  /// Other systems' keys as the portal listed them first.
  let foreign: [PortalKey]
  private let configuration: Configuration
  let statePath: String
  let startedAt: Date
  /// What goes wrong at the neighbours; nothing, unless somebody adds a rule.
  let faults = FaultInjector()
  private let server: SimulatorServer
  private let cues = Mutex<[@Sendable (EngineEvent) -> Void]>([])

  var world: SimulatedWorld { scenario.world }
  var client: ClientID { scenario.setup.client }
  var runbook: Runbook { loaded.runbook }
  var source: StoredRunbook { loaded.source }
  /// On the rehearsal's clock, since it began.
  var simulated: Duration { .seconds(clock.now().timeIntervalSince(startedAt)) }

  /// `reload`: the argv that posts to a URL. `stop`: the real operator's wish.
  init(in folder: String, _ directions: StageDirections, reload: (String) -> [String], stop: StopSignal) async throws {
    var setup = SimulatorSetup.virtual(folder: folder + "/app")
    directions.setup(&setup)
    startedAt = Date(timeIntervalSince1970: 1_795_000_000)
    clock = VirtualClock(startedAt)
    statePath = folder + "/state"
    scenario = try setup.make(clock: clock)
    keys = SealedKeyStore(
      passphrase: SecretBytes(utf8: scenario.environment[Passphrase.variable, default: ""]), scheme: directions.sealing)
    foreign = scenario.world.listedKeys(of: setup.client).filter { [scenario] in $0.kid != scenario.outgoing.kid }
    configuration = Configuration(
      environment: scenario.environment, userAtHost: "operator@rehearsal", host: "rehearsal", process: 0,
      folder: folder, streams: Streams(out: { _ in }, err: { _ in }), clock: clock, stop: stop,
      sealing: directions.sealing)
    server = try await SimulatorServer.start(world: scenario.world, app: scenario.app, faults: faults, clock: clock)
    scenario.watch(clock)
    do {
      let text = scenario.runbook(port: server.port, reload: reload(server.baseURL + "/app/reload"))
      let path = setup.folder + "/runbook.yaml"
      try directions.runbook(text).write(toFile: path, atomically: false, encoding: .utf8)
      loaded = try LoadedRunbook.file(path, configuration)
    } catch {
      await server.stop()
      throw error
    }
  }

  /// The simulator takes no more calls. The folder is its maker's.
  func close() async { await server.stop() }

  func session(stop: StopSignal? = nil) throws -> Session {
    var configuration = configuration
    if let stop { configuration.stop = stop }
    return Session(configuration, try GlobalOptions.parse(["--state", statePath]), command: "rehearse")
  }

  // MARK: What the engine says

  /// The app asks for a token at each of the engine's words, besides every halt of the clock.
  var observe: @Sendable (EngineEvent) -> Void {
    { [self] event in
      _ = scenario.app.call()
      for cue in cues.withLock(\.self) { cue(event) }
    }
  }

  /// `cue` sees everything that the engine does from now on.
  func onEvent(_ cue: @escaping @Sendable (EngineEvent) -> Void) { cues.withLock { $0.append(cue) } }

  // MARK: Processes

  /// Runs one process to its end, or to its death.
  func process<T>(life: Lifeline? = nil, _ body: (Engine) async throws -> T) async throws -> T {
    let process = try await RehearsalProcess(self, life: life)
    do {
      let result = try await body(process.engine)
      process.end()
      return result
    } catch {
      process.die()
      throw error
    }
  }

  /// `keyturn rotate --yes --wait`, as a process of its own.
  func rotate(to goal: Goal = .end, life: Lifeline? = nil) async throws -> RunReport {
    try await process(life: life) { engine in
      var options = Engine.RotateOptions()
      options.goal = goal
      options.wait = true
      return try await engine.rotate(options)
    }
  }

  /// Looks at the ledger; nil where there is none yet.
  func read<T>(_ body: (any StoredLedger) throws -> T?) throws -> T? {
    try session().reader().flatMap(body)
  }

  /// The target as the runbook names it, read as any rotation reads it.
  func targetHolding() async throws -> (name: String, holding: Holding) {
    let keys = PublicHalves()
    let world = try await Composition(configuration).neighbourhood(of: runbook, keys: keys)
    guard let target = world.sites.first?.target else {
      throw Failure(.internalError, "the rehearsal's runbook has no target")
    }
    return (target.name, await keys.holding(of: target.read()))
  }
}
