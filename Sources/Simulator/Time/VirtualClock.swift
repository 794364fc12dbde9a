package import Foundation
package import RotationCore
internal import Synchronization

/// A clock that `POST /_simulator/time` can move.
package protocol TravellingClock: WallClock {
  /// Returns when the time is there.
  func advance(by duration: Duration) async throws
}

/// Time that stands still until somebody sleeps on it, and then jumps. It never moves while a request is in flight:
/// who serves one says so (`requestBegan`, `requestEnded`), a sleeper waits for the last of them, and a request that
/// comes during a jump waits for its end.
///
/// A jump halts at a few hours on its way, so that whoever watches (`onHalt`) sees the world between.
package final class VirtualClock: TravellingClock {
  private struct State {
    var now: Date
    var requests = 0
    var isJumping = false
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
    var observers: [@Sendable (Date) -> Void] = []
  }

  private let state: Mutex<State>
  private let halts: Int

  /// `halts`: stops of one jump, its end included.
  package init(_ start: Date, halts: Int = 12) {
    state = Mutex(State(now: start))
    self.halts = max(1, halts)
  }

  package func now() -> Date { state.withLock(\.now) }

  /// `observer` runs at every halt, before the sleeper goes on. It may call the world, and must not sleep.
  package func onHalt(_ observer: @escaping @Sendable (Date) -> Void) {
    state.withLock { $0.observers.append(observer) }
  }

  package func sleep(until target: Date) async throws {
    while true {
      try Task.checkCancellation()
      if now() >= target { return }
      let mine = state.withLock { state in
        guard state.requests == 0, !state.isJumping else { return false }
        state.isJumping = true
        return true
      }
      if mine { break }
      await waitForChange { $0.requests > 0 || $0.isJumping }
    }
    jump(to: target)
    wakeWaiters { $0.isJumping = false }
  }

  package func advance(by duration: Duration) async throws { try await sleep(until: now() + duration) }

  /// A request arrived. Waits for a jump to end.
  package func requestBegan() async {
    while true {
      let admitted = state.withLock { state in
        guard !state.isJumping else { return false }
        state.requests += 1
        return true
      }
      if admitted { return }
      await waitForChange { $0.isJumping }
    }
  }

  /// Its answer is made.
  package func requestEnded() { wakeWaiters { $0.requests -= 1 } }

  private func jump(to target: Date) {
    let start = now()
    let distance = target.timeIntervalSince(start)
    for halt in 1...halts {
      let time = halt == halts ? target : start.addingTimeInterval(distance * Double(halt) / Double(halts))
      let observers = state.withLock { state in
        state.now = time
        return state.observers
      }
      for observer in observers { observer(time) }
    }
  }

  /// Returns when something changed since `blocked` held, or when the task is cancelled.
  private func waitForChange(while blocked: (borrowing State) -> Bool) async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard blocked(state), !Task.isCancelled else { return false }
          state.waiters[id] = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }

  private func wakeWaiters(after change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }
}
