internal import ArgumentParser
internal import ControlServer
internal import Foundation
internal import KeyMaterial
internal import Logging
internal import RotationCore
internal import RotationStore

/// `keyturn serve`
struct ServeCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "A look at rotations over HTTP: readiness, metrics, dashboard, JSON, the audit log.",
    discussion: """
      No route changes a rotation. INTERNAL_API_SECRET (at least 32 characters) is the bearer secret; without one, \
      every route that asks for it answers 401. It starts whatever the environment, needs no passphrase, and works \
      while another process holds the state. Plain HTTP: put TLS in front of any address but loopback. Runs until \
      SIGINT or SIGTERM; answers under way get five seconds.

      Examples:
        INTERNAL_API_SECRET=$(openssl rand -hex 32) keyturn serve
        keyturn serve --host 0.0.0.0 --port 9090
      """)

  @Option(help: ArgumentHelp("The address to listen on.", valueName: "host"))
  var host = "127.0.0.1"

  @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "port"))
  var port = 8080

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
    guard !host.isEmpty else { throw ValidationError("--host takes an address of this machine") }
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let environment = session.configuration.environment
    let secret = LiveEnvironment.apiSecret(in: environment)
    let readiness = Readiness(of: environment, checkingKeyWith: SigningTrial())
    tell(readiness, session)
    let signals = StopSignals(session.stop) { _ in session.console.progress("stopping; once more ends at once") }
    defer { signals.release() }
    let server = try await ControlServer.start(
      DoorSettings(
        version: Program.version, readiness: readiness, secret: secret, view: StateWindow(session: session),
        clock: session.clock),
      host: host, port: port,
      logger: StructuredLog.logger("keyturn.serve", session.configuration))
    announce(server.port, session)
    _ = await session.stop.sleep(until: .distantFuture, on: session.clock)
    await server.stop()
    return .done
  }

  private func announce(_ port: Int, _ session: Session) {
    let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    if session.console.json {
      session.console.document([
        "schema": "keyturn.serve/v1", "url": .string(url), "host": .string(host), "port": .integer(Int64(port)),
      ])
    } else {
      session.console.print("keyturn serves \(session.stateFolder.path) at \(url)")
    }
  }

  private func tell(_ readiness: Readiness, _ session: Session) {
    switch readiness {
    case .ready: session.console.note("the live integration is ready")
    case .mock: session.console.note("the live integration is in mock mode")
    case .notReady(let findings):
      let fields = findings.map { "\($0.field.rawValue) \($0.reason.rawValue)" }.joined(separator: "; ")
      session.console.warning("the live integration is not ready: \(fields); keyturn readiness says more")
    case .unauthorized: break
    }
    if let problem = LiveEnvironment.problemOfSecret(in: session.configuration.environment) {
      session.console.warning("INTERNAL_API_SECRET \(problem): every route that asks for it answers 401")
      session.console.hint(LiveVariable.apiSecret.remedy)
    }
    if !["127.0.0.1", "::1", "localhost"].contains(host) {
      session.console.warning("\(host) may be reached by others, and this is plain HTTP: put TLS in front of it")
    }
  }
}
