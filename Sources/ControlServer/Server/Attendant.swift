internal import Foundation
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Brings requests to the door and answers back, and keeps the request log.
struct Attendant: Sendable {
  let door: Door
  let limits: ServerLimits
  let logger: Logger

  /// A connection that has to end: its request was not read whole.
  private struct Severed: Error {}

  func attend(to request: Request, _ writer: consuming ResponseWriter, peerIsLoopback: Bool) async throws {
    let began = ContinuousClock.now
    var asked = DoorRequest(
      request.method, request.head.path ?? "", host: request.head.authority, fields: request.headers,
      peerIsLoopback: peerIsLoopback)
    let reading = try await Reading(request, limits)
    let reply: Door.Reply
    switch reading {
    case .whole(let body):
      asked.body = body
      let whole = asked
      // The state is read by blocking calls; other connections go on meanwhile.
      reply = try await NIOThreadPool.singleton.runIfActive { door.reply(to: whole) }
    case .tooLarge:
      reply = door.reply(toUnread: asked, status: 413, "The body is larger than \(limits.body) bytes.")
    case .tooSlow: reply = door.reply(toUnread: asked, status: 408, "The body did not arrive in time.")
    }
    note(reply, asked, began.duration(to: .now))
    try await write(reply.answer, to: writer, isHead: request.method == .head)
    if case .whole = reading { return }
    throw Severed()
  }

  private func write(_ answer: DoorAnswer, to writer: consuming ResponseWriter, isHead: Bool) async throws {
    var headers = HTTPFields()
    for (name, value) in answer.headers {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    headers[.contentLength] = String(answer.body.count)
    let head = HTTPResponse(status: .init(code: answer.status), headerFields: headers)
    if isHead {
      try await writer.writeResponse(head)
    } else {
      try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
  }

  /// A line that holds no secret: the route, never the path, and of the caller's words only those that are harmless.
  private func note(_ reply: Door.Reply, _ request: DoorRequest, _ time: Duration) {
    var metadata: Logger.Metadata = [
      "method": "\(request.method.rawValue.prefix(16))", "route": "\(reply.route?.rawValue ?? "-")",
      "status": .stringConvertible(reply.answer.status), "bytes": .stringConvertible(reply.answer.body.count),
      "duration_ms": .stringConvertible(Int(time / .milliseconds(1))), "correlation_id": "\(reply.names.correlationID)",
      "from": "\(request.isLocal ? "local" : "outside")",
    ]
    if let trace = reply.names.traceID { metadata["trace_id"] = "\(trace)" }
    logger.info("request", metadata: metadata)
  }
}
