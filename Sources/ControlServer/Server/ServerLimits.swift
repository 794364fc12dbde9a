internal import HummingbirdCore
internal import NIOCore

/// What one caller may cost.
package struct ServerLimits: Sendable {
  /// Bytes of a body.
  package var body = 8 * 1024
  /// For a body to arrive; less than `headers`, so that who is too slow hears of it.
  package var bodyTime = Duration.seconds(4)
  /// For a request to begin, and for its headers to arrive: a place is held no longer without a request.
  package var headers = Duration.seconds(5)
  /// Without a byte either way, for an answer to be made and taken.
  package var stall = Duration.seconds(60)
  package var connections = 128
  /// For answers under way when the server stops.
  package var farewell = Duration.seconds(5)

  package init() {}

  var channel: HTTP1Channel.Configuration {
    let stall = TimeAmount(self.stall)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [IdleStateHandler(allTimeout: stall), StallHandler()],
      idleTimeout: TimeAmount(headers),
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
