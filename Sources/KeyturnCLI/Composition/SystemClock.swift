package import Foundation
internal import RotationCore

/// The machine's clock. A sleep looks at it again every half minute, so that a suspended machine does not oversleep.
package struct SystemClock: WallClock {
  private static let longestNap = 30.0

  package init() {}

  package func now() -> Date { Date() }

  package func sleep(until time: Date) async throws {
    while case let left = time.timeIntervalSinceNow, left > 0 {
      try await Task.sleep(for: .seconds(min(left, Self.longestNap)))
    }
  }
}
