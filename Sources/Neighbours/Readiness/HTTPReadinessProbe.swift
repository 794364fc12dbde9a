package import RotationCore

/// The app's readiness route: 200 `{"status":"ready"}`, 200 `{"status":"mock"}`, or 503 with `failures`.
package struct HTTPReadinessProbe: ReadinessProbe {
  static let neighbour = "the readiness probe"

  private let url: String
  private let secret: SecretString?
  private let transport: HTTPTransport

  /// `secret` is the app's `INTERNAL_API_SECRET`, sent as a bearer.
  package init(url: String, secret: SecretString?, transport: HTTPTransport) {
    self.url = url
    self.secret = secret
    self.transport = transport
  }

  package func status() async throws -> ReadinessStatus {
    var call = HTTPCall.get(url)
    if let secret { call = call.bearing(secret) }
    call.readable = [503]
    let answer = try await transport.send(call, to: Self.neighbour)
    switch answer.status {
    case 200:
      switch try answer.json(from: Self.neighbour)["status"]?.string {
      case "ready": return .ready
      case "mock": return .mock
      default: throw answer.unusable(Self.neighbour, "answered 200 and neither ready nor mock")
      }
    case 503: return .notReady(failures: try Self.findings(in: answer))
    case 400...499:
      throw NeighbourTrouble(
        neighbour: Self.neighbour, kind: .rejected,
        detail: "answered \(answer.status)" + (answer.status == 401 ? ": the bearer secret is refused" : ""),
        status: answer.status)
    default: throw answer.unusable(Self.neighbour, "answered \(answer.status)")
    }
  }

  /// A 503 without the probe's own shape comes from something in front of the app.
  private static func findings(in answer: HTTPAnswer) throws(NeighbourTrouble) -> [ReadinessFinding] {
    guard let listed = (try? answer.json(from: neighbour))?["failures"]?.array else {
      throw NeighbourTrouble(
        neighbour: neighbour, kind: .serverError, detail: "answered 503 without a list of failures", status: 503)
    }
    return listed.map { item in
      ReadinessFinding(
        field: Redaction.line(item["field"]?.string ?? "?", limit: 80),
        reason: Redaction.line(item["reason"]?.string ?? "?", limit: 200))
    }
  }
}
