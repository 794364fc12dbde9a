/// What a target was found to hold.
package enum TargetReading: ~Copyable, Sendable {
  case pair(SigningPair)
  /// Only the kid can be read (write-only values).
  case kidOnly(KeyID)
  /// Neither variable is there.
  case absent
  /// One variable without the other, or a value that is no key; `problem` says which.
  case broken(problem: String)
  case unreadable(NeighbourTrouble)
}

/// What a target can do, so that the engine needs no special cases.
package struct TargetCapabilities: OptionSet, Sendable, Hashable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }
  /// Both variables change in one write or not at all.
  package static let atomicPair = Self(rawValue: 1)
  /// A write fails when the content moved since it was read.
  package static let compareAndSwap = Self(rawValue: 2)
  package static let readBack = Self(rawValue: 4)
  package static let staged = Self(rawValue: 8)
  /// A write alone restarts what runs there.
  package static let restartsByItself = Self(rawValue: 16)
  package static let rollbackByPointer = Self(rawValue: 32)
  /// A write that got no answer cannot land later (it ran in this process or not at all).
  package static let settlesAtOnce = Self(rawValue: 64)
  /// `deploy` does something that ends with the new values live.
  package static let deploys = Self(rawValue: 128)
}

/// Where the app reads its pair. A port of do and undo: writing the other pair is the undo.
package protocol DeploymentTarget: Sendable {
  /// Stable over runs, unique in a runbook, safe to print: `dotenv:/srv/app/.env`.
  var name: String { get }
  var capabilities: TargetCapabilities { get }
  func read() async -> TargetReading
  /// Writes both variables, if the target still holds `expected` (a kid, or nil where it cannot be read), and reads
  /// them back where that can be. Throws `NeighbourTrouble` (`rejected` when the content moved: nothing was written).
  func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws
  /// Starts what runs there anew. Idempotent. Throws `NeighbourTrouble`; `rejected` for a reload that failed.
  func deploy() async throws
}

/// Tells which kid the running process signs with (`beacon_url`).
package protocol SignerBeacon: Sendable {
  /// Throws `NeighbourTrouble`.
  func signingKid() async throws -> KeyID
}

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
