package import Foundation
package import RotationCore

/// A state at one look, for a monitor.
package struct Overview: Sendable {
  /// How many rotations stand in each phase.
  package var phases: [Phase: Int]
  /// Of each client the open rotation, else the last.
  package var current: [ShownRotation]
  /// Of each client whose key set was ever seen.
  package var keySets: [SeenKeySet]
  /// Leaves of the audit log.
  package var entries: Int
  /// Leaves under the published checkpoint; 0 before the first.
  package var signedEntries: Int

  package init(
    phases: [Phase: Int] = [:], current: [ShownRotation] = [], keySets: [SeenKeySet] = [], entries: Int = 0,
    signedEntries: Int = 0
  ) {
    self.phases = phases
    self.current = current
    self.keySets = keySets
    self.entries = entries
    self.signedEntries = signedEntries
  }
}

/// A client's keys as the portal listed them when a rotation last looked.
package struct SeenKeySet: Sendable {
  package var issuer: String
  package var clientID: ClientID
  package var seenAt: Date
  package var keys: [KeyExpiry]

  package init(issuer: String, clientID: ClientID, seenAt: Date, keys: [KeyExpiry]) {
    self.issuer = issuer
    self.clientID = clientID
    self.seenAt = seenAt
    self.keys = keys
  }
}
