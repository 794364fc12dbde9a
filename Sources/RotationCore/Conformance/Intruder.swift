private import Synchronization

/// Somebody who acts in the moment before one outside call of a target, as if between its look and its write.
package final class Intruder: CallGate {
  private let place: Int
  private let act: @Sendable () throws -> Void
  private let entered = Mutex(0)

  /// `place` counts the outside calls from 0.
  package init(before place: Int, _ act: @escaping @Sendable () throws -> Void) {
    self.place = place
    self.act = act
  }

  /// Whether the target came as far as this.
  package var came: Bool { entered.withLock { $0 > place } }

  package func enter() throws {
    let number = entered.withLock { entered in
      entered += 1
      return entered - 1
    }
    if number == place { try act() }
  }

  package func leave() throws {}
}
