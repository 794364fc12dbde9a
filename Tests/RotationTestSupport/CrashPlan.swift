private import Synchronization

/// Kills a run at the k-th point: from then on every port throws and nothing changes, as after `kill -9`.
package final class CrashPlan: Sendable {
  package struct Killed: Error {}

  private struct State {
    var at: Int?
    var count = 0
    var isDead = false
    var names: [String] = []
  }

  private let state: Mutex<State>

  package init(at point: Int? = nil) { state = Mutex(State(at: point)) }

  /// A place where the process may die. Each store write and each outside call has one before and one after its effect.
  package func point(_ name: String) throws {
    try state.withLock { state in
      if state.isDead { throw Killed() }
      state.count += 1
      state.names.append(name)
      if state.count == state.at {
        state.isDead = true
        throw Killed()
      }
    }
  }

  package var isDead: Bool { state.withLock { $0.isDead } }
  package var count: Int { state.withLock { $0.count } }
  package func name(of point: Int) -> String {
    state.withLock { $0.names.indices.contains(point - 1) ? $0.names[point - 1] : "-" }
  }
}
