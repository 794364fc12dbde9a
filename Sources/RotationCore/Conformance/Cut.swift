private import Synchronization

/// The end of a process at one outside call of a target: before it goes out, or after it arrived and before its answer
/// does. From then on nothing of that process goes out any more.
package final class Cut: CallGate {
  package enum Side: String, Sendable, CaseIterable { case before, after }

  /// Every end that leaves something else outside: before the first call, then after each, which is before the next.
  package static func sides(at place: Int) -> [Side] { place == 0 ? Side.allCases : [.after] }

  private let place: Int
  private let side: Side
  private let state = Mutex((entered: 0, isDead: false))

  /// `place` counts the outside calls from 0.
  package init(at place: Int, _ side: Side) {
    self.place = place
    self.side = side
  }

  package var words: String { "cut \(side.rawValue) call \(place + 1)" }

  /// Whether the process came as far as this.
  package var fell: Bool { state.withLock(\.isDead) }

  package func enter() throws {
    try pass(.before)
    state.withLock { $0.entered += 1 }
  }

  package func leave() throws { try pass(.after) }

  private func pass(_ side: Side) throws {
    let isDead = state.withLock { state in
      let calls = side == .before ? state.entered : state.entered - 1
      if side == self.side, calls == place { state.isDead = true }
      return state.isDead
    }
    if isDead { throw NeighbourTrouble(neighbour: "the process", kind: .unanswered, detail: "it was ended here") }
  }
}
