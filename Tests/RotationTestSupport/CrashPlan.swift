private import Synchronization

/// Kills a run at the k-th point: from then on every port throws and nothing changes, as after `kill -9`.
package final class CrashPlan: Sendable {
  package struct Killed: Error { package init() {} }

  private struct State {
    var at: Int?
    var named: String?
    var count = 0
    var isDead = false
    var names: [String] = []
  }

  private let state: Mutex<State>
  private let watch: (@Sendable (String) throws -> Void)?

  /// Dies at the k-th point, or at the first of that name. `watch` sees every point by name and may throw there in the
  /// place of a neighbour.
  package init(at point: Int? = nil, named: String? = nil, watch: (@Sendable (String) throws -> Void)? = nil) {
    state = Mutex(State(at: point, named: named))
    self.watch = watch
  }

  /// A place where the process may die. Each store write and each outside call has one before and one after its effect.
  package func point(_ name: String) throws {
    try state.withLock { state in
      if state.isDead { throw Killed() }
      state.count += 1
      state.names.append(name)
      if state.count == state.at || name == state.named {
        state.isDead = true
        throw Killed()
      }
    }
    try watch?(name)
  }

  package var isDead: Bool { state.withLock { $0.isDead } }
  package var count: Int { state.withLock { $0.count } }
  package func name(of point: Int) -> String {
    state.withLock { $0.names.indices.contains(point - 1) ? $0.names[point - 1] : "-" }
  }
}
