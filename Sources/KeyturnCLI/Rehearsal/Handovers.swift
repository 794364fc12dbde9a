internal import RotationCore
private import Synchronization

/// What the engine last asked an operator to do in the portal.
final class Handovers: Sendable {
  private let open = Mutex<(AttestedFact, KeyReference)?>(nil)

  func note(_ fact: AttestedFact, _ key: KeyReference) { open.withLock { $0 = (fact, key) } }

  /// The request, once.
  func take() -> (AttestedFact, KeyReference)? {
    open.withLock { open in
      defer { open = nil }
      return open
    }
  }
}
