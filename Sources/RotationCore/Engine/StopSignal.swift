package import Foundation
private import Synchronization

/// The operator's wish to stop. The effect that is out is finished; waits end at once.
package final class StopSignal: Sendable {
  private struct State {
    var requested = false
    var sleeper: Task<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  package var isRequested: Bool { state.withLock { $0.requested } }

  package func request() {
    let sleeper = state.withLock { state in
      state.requested = true
      return state.sleeper
    }
    sleeper?.cancel()
  }

  /// Sleeps on `clock`; false when a stop was asked for before or meanwhile.
  package func sleep(until time: Date, on clock: any WallClock) async -> Bool {
    let sleeper = Task { _ = try? await clock.sleep(until: time) }
    let stopped = state.withLock { state in
      state.sleeper = sleeper
      return state.requested
    }
    if stopped { sleeper.cancel() }
    await sleeper.value
    return state.withLock { state in
      state.sleeper = nil
      return !state.requested
    }
  }
}
