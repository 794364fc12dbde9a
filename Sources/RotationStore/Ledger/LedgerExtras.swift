package import RotationCore

/// What one commit may write besides the core's part.
package struct LedgerExtras: Sendable {
  /// The log's signing key, new or sealed anew.
  package var logKey: LogKey?
  /// Rotations that were looked at after a restore.
  package var observed: [RotationID]

  package init(logKey: LogKey? = nil, observed: [RotationID] = []) {
    self.logKey = logKey
    self.observed = observed
  }
}
