package import Foundation
package import RotationCore

/// One rotation as a monitor sees it: the ledger's facts, with what follows from them at this hour.
package struct ShownRotation: Sendable {
  package var rotation: Rotation
  package var waiting: Waiting
  package var safeToLeave: SafeToLeave
  package var wayBack: WayBack
  /// The guards of the next step, and whether each holds.
  package var guards: [(name: String, holds: Bool)]
  /// When a rotation of the same client last retired its outgoing key.
  package var lastSuccess: Date?

  package init(
    rotation: Rotation, waiting: Waiting, safeToLeave: SafeToLeave, wayBack: WayBack,
    guards: [(name: String, holds: Bool)], lastSuccess: Date?
  ) {
    self.rotation = rotation
    self.waiting = waiting
    self.safeToLeave = safeToLeave
    self.wayBack = wayBack
    self.guards = guards
    self.lastSuccess = lastSuccess
  }
}
