package import Foundation
internal import RotationCore
private import Synchronization

/// A clock that moves only when told to, or when somebody sleeps on it; and by `tick` at each look, where two things that
/// follow each other must not bear one hour.
package final class ManualClock: WallClock {
  private let time: Mutex<Date>
  private let tick: Double

  package init(_ time: Date = Date(timeIntervalSince1970: 1_795_000_000), tick: Duration = .zero) {
    self.time = Mutex(time)
    self.tick = tick.inSeconds
  }

  package func now() -> Date {
    time.withLock { time in
      time += tick
      return time
    }
  }

  package func set(_ now: Date) { time.withLock { $0 = now } }

  package func sleep(until target: Date) async throws {
    try Task.checkCancellation()
    time.withLock { $0 = max($0, target) }
  }

  package func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
