internal import HummingbirdCore
internal import NIOCore

/// What one caller may cost.
package struct ServerLimits: Sendable {
  /// Bytes of a body.
  package var body = 8 * 1024
  /// For a body to arrive.
  package var bodyTime = Duration.seconds(10)
  /// For a request to begin or its headers to arrive, and for an answer to be taken.
  package var idle = Duration.seconds(30)
  package var connections = 128
  /// For answers under way when the server stops.
  package var farewell = Duration.seconds(5)

  package init() {}

  var channel: HTTP1Channel.Configuration {
    let idle = TimeAmount(self.idle)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [IdleStateHandler(allTimeout: idle * 2), StallHandler()], idleTimeout: idle,
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))
  }
}

/// Closes a connection on which nothing moved: a caller that does not take its answer.
private final class StallHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
