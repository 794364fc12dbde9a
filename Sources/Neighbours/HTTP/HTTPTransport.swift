internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
package import RotationCore

/// Every HTTP request of Keyturn goes through one of these, made once a process.
///
/// HTTP/1.1, a connection of its own for each request (a stale one would look like an answer lost), TLS 1.2 or later,
/// no environment proxies, no redirects, no decompression, deadlines on every call, bounded bodies.
package final class HTTPTransport: Sendable {
  package struct Limits: Sendable {
    /// TCP and TLS together.
    package var connect: Duration
    /// The whole call, connecting included.
    package var answer: Duration
    /// Bytes of a body.
    package var body: Int

    package init(connect: Duration = .seconds(5), answer: Duration = .seconds(15), body: Int = 262_144) {
      self.connect = connect
      self.answer = answer
      self.body = body
    }
  }

  private let client: HTTPClient
  private let limits: Limits
  private let userAgent: String
  private let clock: any WallClock

  /// `version` is Keyturn's own; `caFile` a PEM file of trust anchors besides the system's. Throws `inputInvalid`
  /// where that file holds no certificate.
  package init(version: String, caFile: String? = nil, limits: Limits = Limits(), clock: any WallClock) throws(Failure)
  {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let caFile { tls.additionalTrustRoots = [.certificates(try Self.anchors(in: caFile))] }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(limits.connect), read: TimeAmount(limits.answer)),
      connectionPool: .init(idleTimeout: .seconds(1)))
    configuration.httpVersion = .http1Only
    configuration.maximumUsesPerConnection = 1
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    self.limits = limits
    self.clock = clock
    userAgent = "keyturn/" + version
  }

  /// Leaves without waiting: closing what a time-out left open can take seconds.
  deinit { client.shutdown { _ in } }

  private static func anchors(in file: String) throws(Failure) -> [NIOSSLCertificate] {
    let certificates = try? NIOSSLCertificate.fromPEMFile(file)
    guard let certificates, !certificates.isEmpty else {
      throw Failure(
        .inputInvalid, "ca_file \(file) holds no certificate that can be read",
        remedy: ["give a PEM file with at least one certificate, or leave ca_file out"])
    }
    return certificates
  }

  /// Sends once and returns a whole answer. 5xx, 429 and 3xx are trouble unless the call declared them readable;
  /// any other 4xx is the caller's to judge.
  func send(_ call: HTTPCall, to neighbour: String) async throws(NeighbourTrouble) -> HTTPAnswer {
    let departure = Departure()
    let limit = min(call.within ?? limits.answer, limits.answer)
    let outcome: Result<RawAnswer, any Error>
    do { outcome = .success(try await exchange(call, departure, within: limit)) } catch { outcome = .failure(error) }
    switch outcome {
    case .success(let answer): return try judge(answer, call, neighbour)
    case .failure(let error):
      let left = call.body == nil ? HTTPFault.mayHaveLeft(error) : departure.hasBegun
      throw HTTPFault.trouble(error, neighbour: neighbour, url: call.url, left: left, limit: limit)
    }
  }

  private struct RawAnswer {
    var head: HTTPClientResponse
    /// Nil for a body past the limit.
    var body: Data?
  }

  private func exchange(_ call: HTTPCall, _ departure: Departure, within limit: Duration) async throws -> RawAnswer {
    let request = prepare(call, departure)
    let (client, bodyLimit) = (client, limits.body)
    return try await withThrowingTaskGroup(of: RawAnswer.self) { group in
      group.addTask {
        let head = try await client.execute(request, deadline: .now() + TimeAmount(limit))
        let body = try await Self.collect(head.body, limit: bodyLimit)
        return RawAnswer(head: head, body: body)
      }
      group.addTask {
        try await Task.sleep(for: limit)
        throw HTTPClientError.deadlineExceeded
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }

  private func prepare(_ call: HTTPCall, _ departure: Departure) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: call.url)
    request.method = HTTPMethod(rawValue: call.method.rawValue)
    for (name, value) in call.headers + (RequestTrace.current?.headers ?? []) {
      request.headers.add(name: name, value: value)
    }
    request.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
    request.headers.replaceOrAdd(name: "Connection", value: "close")
    if let body = call.body {
      request.body = .stream(
        DepartingBody(bytes: ByteBuffer(bytes: body), departure: departure), length: .known(Int64(body.count)))
    }
    return request
  }

  private static func collect(_ body: HTTPClientResponse.Body, limit: Int) async throws -> Data? {
    var bytes = Data()
    for try await part in body {
      guard bytes.count + part.readableBytes <= limit else { return nil }
      bytes.append(contentsOf: part.readableBytesView)
    }
    try Task.checkCancellation()
    return bytes
  }

  private func judge(_ answer: RawAnswer, _ call: HTTPCall, _ neighbour: String) throws(NeighbourTrouble) -> HTTPAnswer
  {
    let status = Int(answer.head.status.code)
    let headers = answer.head.headers
    let date = headers.first(name: "Date").flatMap(HTTPDate.parse)
    func trouble(_ kind: NeighbourTrouble.Kind, _ detail: String) -> NeighbourTrouble {
      NeighbourTrouble(
        neighbour: neighbour, kind: kind, detail: detail, status: status,
        retryAfter: RetryAfter.parse(headers.first(name: "Retry-After"), now: date ?? clock.now()),
        obstacle: (300...399).contains(status) ? .redirect : nil)
    }
    if !call.readable.contains(status) {
      switch status {
      case 300...399: throw trouble(.unusableAnswer, "answered \(status), a redirect, which is never followed")
      case 429: throw trouble(.rateLimited, "answered 429, too many requests")
      case 500...: throw trouble(.serverError, "answered \(status)")
      default: break
      }
    }
    guard let body = answer.body else {
      throw trouble(.unusableAnswer, "answered \(status) with more than \(limits.body) bytes")
    }
    return HTTPAnswer(
      status: status, contentType: headers.first(name: "Content-Type"), date: date, body: body,
      headers: Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { $0 + ", " + $1 })
  }
}

extension TimeAmount {
  fileprivate init(_ duration: Duration) {
    self = .nanoseconds(duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
  }
}
