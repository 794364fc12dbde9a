package import Foundation

/// Time, injected. A rehearsal's clock jumps; the real one sleeps.
package protocol WallClock: Sendable {
  func now() -> Date
  /// Returns at `time` or later; at once when it has passed. Throws `CancellationError`.
  func sleep(until time: Date) async throws
}
