/// Users of the app: one token request after the other in real time, so that a rotation is watched by somebody who
/// would be hurt.
package struct AppTraffic: Sendable {
  private let app: SimulatedApp
  private let interval: Duration
  private let limit: Int

  /// Stops by itself after `limit` requests.
  package init(app: SimulatedApp, interval: Duration = .milliseconds(50), limit: Int = 1_000_000) {
    self.app = app
    self.interval = interval
    self.limit = limit
  }

  /// Returns when the limit is reached or the task is cancelled. The app's counts say how it went.
  package func run() async {
    for _ in 0..<limit {
      _ = app.call()
      do { try await Task.sleep(for: interval) } catch { return }
    }
  }
}
