package import Foundation
internal import RotationCore
private import Synchronization

/// A clock that moves only when told to, or when somebody sleeps on it.
package final class ManualClock: WallClock {
  private let time: Mutex<Date>

  package init(_ time: Date = Date(timeIntervalSince1970: 1_795_000_000)) { self.time = Mutex(time) }

  package func now() -> Date { time.withLock { $0 } }

  package func sleep(until target: Date) async throws {
    try Task.checkCancellation()
    time.withLock { $0 = max($0, target) }
  }

  package func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
