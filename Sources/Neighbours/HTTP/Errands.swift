private import Synchronization

/// Work beside a command's own: begun at once, awaited by nobody, and at the end for no longer than a bound.
package final class Errands: Sendable {
  private struct State {
    var begun = 0
    var running: [Int: Task<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// How many are under way.
  var count: Int { state.withLock { $0.running.count } }

  /// Begins `work`, which must end soon after it is cancelled.
  package func begin(_ work: @escaping @Sendable () async -> Void) {
    state.withLock { state in
      let number = state.begun
      state.begun += 1
      state.running[number] = Task {
        await work()
        _ = self.state.withLock { $0.running.removeValue(forKey: number) }
      }
    }
  }

  /// Waits for what is under way; what is not done within `limit` is cancelled.
  package func finish(within limit: Duration) async {
    let tasks = state.withLock { Array($0.running.values) }
    guard !tasks.isEmpty else { return }
    let bell = Task {
      guard (try? await Task.sleep(for: limit)) != nil else { return }
      for task in tasks { task.cancel() }
    }
    for task in tasks { await task.value }
    bell.cancel()
  }
}
