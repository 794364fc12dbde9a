internal import Foundation
internal import HTTPListening
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import RotationCore

/// The world behind plain HTTP on loopback.
package struct SimulatorServer: Sendable {
  private let listener: HTTPListener

  /// The port that was bound.
  package var port: Int { listener.port }

  /// `http://127.0.0.1:8080`.
  package var baseURL: String { "http://127.0.0.1:\(port)" }

  /// Binds 127.0.0.1 and tells the world its address. `port` 0 takes a free one. With a `clock` that can travel,
  /// `POST /_simulator/time` moves it; a `VirtualClock` moves only between requests.
  /// Throws `Failure` where the port cannot be had.
  package static func start(
    world: SimulatedWorld, app: SimulatedApp? = nil, host: VercelHost? = nil, faults: FaultInjector = FaultInjector(),
    clock: (any TravellingClock)? = nil, port: Int = 0
  ) async throws -> SimulatorServer {
    var logger = Logger(label: "keyturn.simulator")
    logger.logLevel = .critical
    let door = SimulatorDoor(world: world, app: app, host: host, faults: faults, clock: clock)
    let gate = clock as? VirtualClock
    do {
      let server = SimulatorServer(
        listener: try await HTTPListener.bind(
          host: "127.0.0.1", port: port, farewell: .seconds(2), logger: logger
        ) { request, writer, _ in
          try await respond(to: request, writer, from: door, gate: gate)
        })
      world.listen(at: server.baseURL)
      return server
    } catch let trouble as HTTPListener.Unbound {
      throw Failure(
        .inputInvalid, "the simulator cannot listen on 127.0.0.1:\(port)",
        remedy: ["take another port, or none: then a free one is chosen"], cause: trouble.cause)
    }
  }

  /// Takes no more calls, lets those under way end for up to two seconds, and closes.
  package func stop() async { await listener.stop() }

  /// A connection that a fault ends.
  private struct Severed: Error {}

  private static func respond(
    to request: Request, _ writer: consuming ResponseWriter, from door: SimulatorDoor, gate: VirtualClock?
  ) async throws {
    let isControl = request.uri.path.hasPrefix("/_simulator/")
    if !isControl { await gate?.requestBegan() }
    defer { if !isControl { gate?.requestEnded() } }
    let delivery = try await delivery(for: request, from: door)
    var headers = HTTPFields()
    for (name, value) in delivery.answer.headers {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    headers[.date] = delivery.date.httpDate
    let body = ByteBuffer(bytes: delivery.answer.body)
    if delivery.answer.status != 204 { headers[.contentLength] = String(body.readableBytes) }
    let head = HTTPResponse(status: .init(code: delivery.answer.status), headerFields: headers)
    switch delivery.fate {
    case .sent: try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
    case .dropped: throw Severed()
    case .cut:
      let half = body.getSlice(at: 0, length: body.readableBytes / 2) ?? ByteBuffer()
      var bodyWriter = try await writer.writeHead(head)
      try await bodyWriter.write(half)
      throw Severed()
    }
  }

  private static func delivery(for request: Request, from door: SimulatorDoor) async throws -> Delivery {
    let world = door.world
    let (path, deployment) = RouteTable.behindDeployment(request.uri.path)
    if let route = RouteTable.vercel(path) {
      guard let body = try await body(of: request) else { return tooLong(world) }
      let query = Dictionary(
        request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
      let asked = VercelCall(
        method: request.method.rawValue, path: route, query: query,
        authorization: request.headers[.authorization], body: body)
      return await door.deliver(
        SimulatorCall(
          destination: .route(asked.route), client: nil, authorization: nil, contentType: nil, body: body, isPut: false,
          vercel: asked))
    }
    switch RouteTable.match(request.method.rawValue, path, issuerPath: world.settings.issuerPath) {
    case .found(let destination, let client):
      guard let body = try await body(of: request) else { return tooLong(world) }
      let type = request.headers[.contentType]
      let call = SimulatorCall(
        destination: destination,
        client: client ?? (destination == .route(.token) ? Assertion.issuer(in: body, contentType: type) : nil),
        authorization: request.headers[.authorization], contentType: type, body: body, isPut: request.method == .put,
        deployment: deployment, bypass: HTTPField.Name("x-vercel-protection-bypass").flatMap { request.headers[$0] })
      return await door.deliver(call)
    case .otherMethods(let allowed):
      let answer = SimulatedAnswer(
        status: 405, json: ["error": "method not allowed"], headers: ["Allow": allowed.joined(separator: ", ")])
      return Delivery(answer: answer, date: world.serverTime)
    case .none:
      return Delivery(answer: SimulatedAnswer(status: 404, json: ["error": "not found"]), date: world.serverTime)
    }
  }

  /// Nil for more than a mebibyte.
  private static func body(of request: Request) async throws -> Data? {
    var body = Data()
    for try await chunk in request.body {
      body.append(contentsOf: chunk.readableBytesView)
      guard body.count <= 1 << 20 else { return nil }
    }
    return body
  }

  private static func tooLong(_ world: SimulatedWorld) -> Delivery {
    Delivery(answer: SimulatedAnswer(status: 413), date: world.serverTime)
  }
}
