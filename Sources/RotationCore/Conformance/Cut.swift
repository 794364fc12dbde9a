private import Synchronization

/// The end of a process at one outside call of a target: before it goes out, after it arrived and before its answer does,
/// or, where the call is a child process, within it. From then on nothing of that process goes out any more.
package final class Cut: CallGate {
  package enum Side: String, Sendable, CaseIterable { case before, after }

  /// Every end that leaves something else outside: before the first call, then after each, which is before the next.
  package static func sides(at place: Int) -> [Side] { place == 0 ? Side.allCases : [.after] }

  private enum Place { case beside(Int, Side), within(Duration) }

  private let place: Place
  private let state = Mutex((entered: 0, isDead: false, metChild: false))

  /// `place` counts the outside calls from 0.
  package init(at place: Int, _ side: Side) { self.place = .beside(place, side) }

  /// Kills every child that lives longer than `lifetime`. One that did not come back was killed.
  package init(within lifetime: Duration) { place = .within(lifetime) }

  package var words: String {
    switch place {
    case .beside(let call, let side): "cut \(side.rawValue) call \(call + 1)"
    case .within: "killed within a call"
    }
  }

  package var lifetime: Duration? {
    guard case .within(let lifetime) = place else { return nil }
    state.withLock { $0.metChild = true }
    return lifetime
  }

  /// A child was started that `lifetime` bounds.
  package var metChild: Bool { state.withLock(\.metChild) }

  /// Whether the process came as far as this.
  package var fell: Bool { state.withLock(\.isDead) }

  package func enter() throws {
    switch place {
    case .beside(let call, let side):
      try pass(side == .before, call)
      state.withLock { $0.entered += 1 }
    case .within:
      try pass(false, 0)
      state.withLock { $0.isDead = true }
    }
  }

  package func leave() throws {
    switch place {
    case .beside(let call, let side): try pass(side == .after, call + 1)
    case .within: state.withLock { $0.isDead = false }
    }
  }

  /// Ends the process where `isHere` and so many calls went out before.
  private func pass(_ isHere: Bool, _ calls: Int) throws {
    let isDead = state.withLock { state in
      if isHere, state.entered == calls { state.isDead = true }
      return state.isDead
    }
    if isDead { throw NeighbourTrouble(neighbour: "the process", kind: .unanswered, detail: "it was ended here") }
  }
}
