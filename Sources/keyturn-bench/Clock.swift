import Foundation

/// Seconds of clocks that only run forward.
enum Clock {
  static var now: Double { read(CLOCK_MONOTONIC) }
  /// Of this thread on a processor.
  static var busy: Double { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// How long something took, in seconds by the wall's clock and by this thread's share of a processor.
struct Stretch {
  let wall: Double
  let busy: Double

  init(_ body: () throws -> Void) rethrows {
    let start = (Clock.now, Clock.busy)
    try body()
    (wall, busy) = (Clock.now - start.0, Clock.busy - start.1)
  }
}
