internal import HTTPListening
package import Logging
internal import RotationCore

/// The door on a socket, plain HTTP/1.1. Nothing that a caller does holds it for long: bodies, headers, connections and
/// the time for each are bounded.
package struct ControlServer: Sendable {
  private let listener: HTTPListener

  /// The port that was bound.
  package var port: Int { listener.port }

  /// Binds `host`; `port` 0 takes a free one. One line a request goes to `logger`. Throws `Failure` where the address
  /// cannot be had.
  package static func start(
    _ settings: DoorSettings, host: String = "127.0.0.1", port: Int = 0, limits: ServerLimits = ServerLimits(),
    logger: Logger
  ) async throws -> ControlServer {
    let attendant = Attendant(door: Door(settings), limits: limits, logger: logger)
    var quiet = logger
    quiet.logLevel = .warning
    do {
      return ControlServer(
        listener: try await HTTPListener.bind(
          host: host, port: port, channel: limits.channel, connections: limits.connections, farewell: limits.farewell,
          logger: quiet
        ) { request, writer, peerIsLoopback in
          try await attendant.attend(to: request, writer, peerIsLoopback: peerIsLoopback)
        })
    } catch let trouble as HTTPListener.Unbound {
      throw Failure(
        .inputInvalid, "the server cannot listen on \(host), port \(port)",
        remedy: ["take an address of this machine with --host, and a free port with --port (0 finds one)"],
        cause: trouble.cause)
    }
  }

  /// Takes no more calls, lets those under way end, closes, and returns a little after `limits.farewell` at the latest.
  package func stop() async { await listener.stop() }
}
