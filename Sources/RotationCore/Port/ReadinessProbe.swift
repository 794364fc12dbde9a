/// The app's readiness probe.
package protocol ReadinessProbe: Sendable {
  /// Throws `NeighbourTrouble` (`unusableAnswer` for a 200 that is neither shape).
  func status() async throws -> ReadinessStatus
}

package enum ReadinessStatus: Sendable, Hashable {
  case ready
  case mock
  case notReady(failures: [ReadinessFinding])
}

/// One invalid variable: its name and a short reason.
package struct ReadinessFinding: Sendable, Hashable, Codable {
  package var field: String
  package var reason: String
  package init(field: String, reason: String) {
    self.field = field
    self.reason = reason
  }
}
