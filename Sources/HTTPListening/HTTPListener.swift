internal import Foundation
package import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// One listening socket, plain HTTP/1.1, from its binding to its end. It stands on hummingbird's server without its
/// `Application`: who answers sets every header, `Date` too, and may stay silent.
package final class HTTPListener: Sendable {
  /// Answers one request, or throws, which ends the connection. `peerIsLoopback` tells of the caller's address.
  package typealias Responder =
    @Sendable (
      _ request: Request, _ writer: consuming ResponseWriter, _ peerIsLoopback: Bool
    ) async throws -> Void

  /// The address cannot be had.
  package struct Unbound: Error {
    package let cause: String
  }

  /// The port that was bound.
  package let port: Int
  private let group: ServiceGroup
  private let run: Task<Void, any Error>
  private let farewell: Duration

  private init(port: Int, group: ServiceGroup, run: Task<Void, any Error>, farewell: Duration) {
    self.port = port
    self.group = group
    self.run = run
    self.farewell = farewell
  }

  /// Binds `host`; `port` 0 takes a free one. Calls under way have `farewell` to end when it stops. Throws `Unbound`.
  package static func bind(
    host: String, port: Int, channel: HTTP1Channel.Configuration = .init(), connections: Int? = nil,
    farewell: Duration, logger: Logger, respond: @escaping Responder
  ) async throws -> HTTPListener {
    let (ports, found) = AsyncThrowingStream<Int, any Error>.makeStream()
    let service = try HTTPServerBuilder.http1(configuration: channel).buildServer(
      configuration: ServerConfiguration(
        address: .hostname(host, port: port),
        availableConnectionsDelegate: connections.map { MaximumAvailableConnections($0, logger: logger) }),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
    ) { request, writer, channel in
      try await respond(request, writer, channel.remoteAddress?.isLoopback ?? false)
    } onServerRunning: { channel in
      found.yield(channel.localAddress?.port ?? port)
    }
    var configuration = ServiceGroupConfiguration(services: [service], logger: logger)
    configuration.maximumGracefulShutdownDuration = farewell
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
        return HTTPListener(port: bound, group: group, run: run, farewell: farewell)
      }
    } catch {
      throw Unbound(cause: Self.words(for: error))
    }
    run.cancel()
    throw CancellationError()
  }

  /// The errno's words, or that the name is nobody's; the library's own text nests several errors.
  private static func words(for error: any Error) -> String {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
    case is SocketAddressError: "the name cannot be resolved"
    default: "\(type(of: error))"
    }
  }

  /// Takes no more calls, lets those under way end, closes, and returns a little after `farewell` at the latest: an
  /// answer that hangs holds nobody back.
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

extension SocketAddress {
  /// 127.0.0.0/8, also as IPv6 has it, and ::1.
  fileprivate var isLoopback: Bool {
    guard let address = ipAddress?.lowercased() else { return false }
    return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
  }
}
