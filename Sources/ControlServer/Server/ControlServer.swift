internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import RotationCore
internal import ServiceLifecycle

/// The door on a socket, plain HTTP/1.1. Nothing that a caller does holds it for long: bodies, headers, connections and
/// the time for each are bounded.
package final class ControlServer: Sendable {
  /// The port that was bound.
  package let port: Int
  private let group: ServiceGroup
  private let run: Task<Void, any Error>
  private let farewell: Duration

  private init(port: Int, group: ServiceGroup, run: Task<Void, any Error>, farewell: Duration) {
    self.port = port
    self.farewell = farewell
    self.group = group
    self.run = run
  }

  /// Binds `host`; `port` 0 takes a free one. One line a request goes to `logger`. Throws `Failure` where the address
  /// cannot be had.
  package static func start(
    _ settings: DoorSettings, host: String = "127.0.0.1", port: Int = 0, limits: ServerLimits = ServerLimits(),
    logger: Logger
  ) async throws -> ControlServer {
    let (ports, found) = AsyncThrowingStream<Int, any Error>.makeStream()
    let attendant = Attendant(door: Door(settings), limits: limits, logger: logger)
    var quiet = logger
    quiet.logLevel = .warning
    let service = try HTTPServerBuilder.http1(configuration: limits.channel).buildServer(
      configuration: ServerConfiguration(
        address: .hostname(host, port: port),
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: quiet)),
      eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: quiet
    ) { request, writer, channel in
      try await attendant.attend(to: request, writer, from: channel.remoteAddress)
    } onServerRunning: { channel in
      found.yield(channel.localAddress?.port ?? port)
    }
    var configuration = ServiceGroupConfiguration(services: [service], logger: quiet)
    configuration.maximumGracefulShutdownDuration = limits.farewell
    let group = ServiceGroup(configuration: configuration)
    let run = Task {
      do { try await group.run() } catch {
        found.finish(throwing: error)
        throw error
      }
      found.finish()
    }
    do {
      for try await bound in ports {
        return ControlServer(port: bound, group: group, run: run, farewell: limits.farewell)
      }
    } catch {
      throw Failure(
        .inputInvalid, "the server cannot listen on \(host), port \(port)",
        remedy: ["take an address of this machine with --host, and a free port with --port (0 finds one)"],
        cause: "\(error)")
    }
    run.cancel()
    throw CancellationError()
  }

  /// Takes no more calls, lets those under way end, closes, and returns a little after `limits.farewell` at the latest:
  /// an answer that hangs holds nobody back.
  package func stop() async {
    await group.triggerGracefulShutdown()
    let (ends, end) = AsyncStream<Never>.makeStream()
    Task { [run] in
      _ = await run.result
      end.finish()
    }
    let patience = Task { [farewell] in
      try? await Task.sleep(for: farewell + .milliseconds(250))
      end.finish()
    }
    for await _ in ends {}
    patience.cancel()
  }
}
