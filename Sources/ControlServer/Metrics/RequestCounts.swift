internal import Synchronization

/// How often each route gave each status since the process began; bounded, since both are.
final class RequestCounts: Sendable {
  private struct Key: Hashable {
    var route: String
    var status: Int
  }

  private let counts = Mutex<[Key: Int]>([:])

  func count(_ route: DoorRoute?, status: Int) {
    counts.withLock { $0[Key(route: route?.rawValue ?? "", status: status), default: 0] += 1 }
  }

  func write(to metrics: inout PrometheusText) {
    let sorted = counts.withLock { $0.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) } }
    metrics.counter(
      "keyturn_http_requests_total", "Requests answered, by route (empty: no route) and status.",
      sorted.map { .init(Double($0.value), ["route": $0.key.route, "code": "\($0.key.status)"]) })
  }
}
