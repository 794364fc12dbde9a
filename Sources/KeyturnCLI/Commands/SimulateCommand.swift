internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import Simulator

struct SimulateCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run Maskinporten, the portal and a deployed app on this machine's loopback.",
    discussion: """
      Writes into DIR a runbook and the app's .env, prints one JSON line first: the port, both files, and the \
      variables that `keyturn rotate` needs (keys made a moment ago, which open nothing). Then it runs until SIGINT \
      or SIGTERM and tells how many token requests of the app were granted and refused, by kid. The app asks for \
      tokens all the time; it keeps its key until a reload, which takes a while.

      Examples:
        keyturn simulate --dir /tmp/sim
        keyturn simulate --dir /tmp/sim --port 8099 --adds 5 --removals 5 --reload-time 3
        keyturn simulate --dir /tmp/sim --faults faults.json
        keyturn simulate --dir /tmp/sim --target vercel
      """)

  @Option(help: ArgumentHelp("The folder for the runbook and the .env; made if it is not there.", valueName: "dir"))
  var dir: String?

  @Option(help: ArgumentHelp("Listen here on 127.0.0.1 (default: a free port).", valueName: "port"))
  var port = 0

  @Option(
    help: ArgumentHelp(
      "What goes wrong, as JSON: {\"rules\":[{\"route\":\"token\",\"fault\":\"drop\"}]}.", valueName: "file"))
  var faults: String?

  @Option(help: ArgumentHelp("Seconds until the last token server accepts an added key.", valueName: "seconds"))
  var adds = 2

  @Option(help: ArgumentHelp("Seconds until the last token server refuses a removed key.", valueName: "seconds"))
  var removals = 2

  @Option(
    name: .customLong("reload-time"), help: ArgumentHelp("Seconds that the app's reload takes.", valueName: "seconds"))
  var reloadTime = 1

  @Option(help: ArgumentHelp("Where the app runs: dotenv (a file here) or vercel.", valueName: "kind"))
  var target = "dotenv"

  @Option(help: .hidden)
  var reload: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard reload != nil || dir != nil else { throw ValidationError("--dir is missing: name a folder for the files") }
    guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
    guard SimulatorSetup.Hosting(rawValue: target) != nil else {
      throw ValidationError("--target takes dotenv or vercel")
    }
    guard [adds, removals, reloadTime].allSatisfy((0...3_600).contains) else {
      throw ValidationError("--adds, --removals and --reload-time take 0 to 3600 seconds")
    }
  }

  func run(_ session: Session) async throws -> ExitStatus {
    if let reload { return try post(reload) }
    let signals = StopSignals(session.stop) { _ in }
    defer { signals.release() }
    let scenario = try setup(session).make(clock: session.clock)
    let server = try await SimulatorServer.start(
      world: scenario.world, app: scenario.app, host: scenario.host, faults: try injector(session), port: port)
    let runbook = try scenario.writeRunbook(
      port: server.port, reload: OwnProgram.post(to: server.baseURL + "/app/reload"))
    session.console.document(scenario.announcement(port: server.port, runbook: runbook))
    let users = Task { await AppTraffic(app: scenario.app).run() }
    _ = await session.stop.sleep(until: .distantFuture, on: session.clock)
    users.cancel()
    await users.value
    await server.stop()
    tell(scenario.world, session)
    return .done
  }

  private func setup(_ session: Session) -> SimulatorSetup {
    var setup = SimulatorSetup(folder: session.configuration.absolute(dir ?? "."))
    setup.settings.publicationDelay = .zero ... .seconds(adds)
    setup.settings.removalDelay = .zero ... .seconds(removals)
    setup.timing.propagation = .seconds(adds + 1)
    setup.hosting = SimulatorSetup.Hosting(rawValue: target) ?? .file
    return setup
  }

  private func injector(_ session: Session) throws -> FaultInjector {
    var plan = FaultPlan()
    if let faults {
      guard let bytes = FileManager.default.contents(atPath: session.configuration.absolute(faults)) else {
        throw Failure(.inputInvalid, "the fault plan \(faults) cannot be read", remedy: ["name a JSON file"])
      }
      plan = try FaultPlan(parsing: bytes)
    }
    if reloadTime > 0 { plan.rules.append(FaultRule(.reload, .delay(.seconds(reloadTime)), times: nil)) }
    return FaultInjector(plan)
  }

  private func tell(_ world: SimulatedWorld, _ session: Session) {
    for line in world.appGrantCounts.lines { session.console.progress("the app, kid \(line)") }
    for line in world.grantCounts.lines { session.console.progress("everybody, kid \(line)") }
    session.console.progress("\(world.callCount) calls in all")
  }

  /// `--reload URL`: what the written runbook's `reload` runs.
  private func post(_ url: String) throws -> ExitStatus {
    guard let post = LoopbackPost(url) else { throw ValidationError("--reload takes http://127.0.0.1:PORT/PATH") }
    try post.send()
    return .done
  }
}
