package import Foundation

/// The intent to act on the world, durable before the act. An intent still open after a crash means: look before acting.
package struct Intent: Sendable, Hashable, Codable {
  package let id: String
  package let rotation: RotationID
  package let step: Step
  package let openedAt: Date
  package let openedBy: String
  /// Each outside write as it is about to be sent: neighbour and change, in order. Empty: nothing was sent yet.
  package var writes: [PlannedWrite]

  package init(id: String, rotation: RotationID, step: Step, openedAt: Date, openedBy: String, writes: [PlannedWrite]) {
    self.id = id
    self.rotation = rotation
    self.step = step
    self.openedAt = openedAt
    self.openedBy = openedBy
    self.writes = writes
  }
}

package struct PlannedWrite: Sendable, Hashable, Codable {
  package var neighbour: String
  package var change: String
  package init(neighbour: String, change: String) {
    self.neighbour = neighbour
    self.change = change
  }
}

/// One leaf of the audit log before it has a place: RFC 8785 JSON with at least `at`, `operator`, `rotation`, `phase`,
/// `event` and, where one is meant, `kid`. Holds no secret: kids, thumbprints, digests, trace ids.
package struct LogEntry: Sendable, Hashable {
  /// A leaf must be shorter than this (C2SP tlog-tiles: a 16-bit length).
  package static let sizeLimit = 65_535
  /// The member that the ledger adds to a rotation's last leaf in a commit: the digest of the rotation as it was stored
  /// with that leaf, so that nobody changes the one without the other.
  package static let rotationDigest = "rotation_digest"

  package let value: JSONValue
  package var bytes: Data { value.canonical }

  package init(
    at: Date, operator name: String, rotation: RotationID?, phase: Phase?, event: String, kid: KeyID? = nil,
    details: [String: JSONValue] = [:]
  ) {
    var members = details
    members["at"] = .string(at.iso8601)
    members["operator"] = .string(name)
    members["rotation"] = rotation.map { .string($0.rawValue) } ?? .null
    members["phase"] = phase.map { .string($0.rawValue) } ?? .null
    members["event"] = .string(event)
    if let kid { members["kid"] = .string(kid.rawValue) }
    value = .object(members)
  }
}

/// A stored leaf with its place, from 0.
package struct StoredEntry: Sendable, Hashable {
  package let index: Int
  package let bytes: Data
  package init(index: Int, bytes: Data) {
    self.index = index
    self.bytes = bytes
  }
}

/// A runbook's bytes as they were at opening, and the folder they stood in.
package struct StoredRunbook: Sendable, Hashable {
  package let digest: String
  package let bytes: Data
  package let folder: String
  /// The path as the operator gave it; for messages.
  package let path: String
  package init(digest: String, bytes: Data, folder: String, path: String) {
    self.digest = digest
    self.bytes = bytes
    self.folder = folder
    self.path = path
  }
}

/// Everything that one transaction writes. A phase cannot change without a log leaf: `entries` is never empty.
package struct LedgerCommit: Sendable {
  /// The whole new value. Its `revision` is the stored one plus 1, or 1 for a new rotation; else the commit is refused.
  package var rotation: Rotation?
  package var runbook: StoredRunbook?
  package var seals: [SealedKey] = []
  /// Sealed copies to overwrite; the commit returns only when no byte of the state's files holds them.
  package var destroys: [KeyID] = []
  /// The intent whose outcome this commit records.
  package var closes: String?
  package var opens: Intent?
  package var entries: [LogEntry]

  package init(rotation: Rotation? = nil, entries: [LogEntry]) {
    self.rotation = rotation
    self.entries = entries
  }
}

/// The half that reads. Readers never write and never checkpoint; each call is one query and holds no transaction.
package protocol LedgerReader: Sendable {
  func rotation(_ id: RotationID) throws -> Rotation?
  /// Newest first.
  func rotations() throws -> [Rotation]
  func openIntent(of rotation: RotationID) throws -> Intent?
  func runbook(_ digest: String) throws -> StoredRunbook?
  func sealedKeys() throws -> [SealedKey]
  func sealedKey(_ kid: KeyID) throws -> SealedKey?
  /// Every public key that a kid was ever used with (safety rule 6), sealed or long destroyed.
  func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey]
  func entryCount() throws -> Int
  /// Leaves `range`, in order.
  func entries(in range: Range<Int>) throws -> [StoredEntry]
  /// The leaves of one rotation, in order.
  func entries(of rotation: RotationID) throws -> [StoredEntry]
}

/// The half that writes; one process at a time holds it. Every commit checks that the epoch claimed is still the
/// stored one and changes nothing otherwise (`Failure.ownershipLost`).
package protocol RotationLedger: LedgerReader {
  /// Takes the ledger over: the stored epoch plus 1 is ours from now on.
  func claim() throws
  /// One durable transaction, or a throw and no change. After an I/O error the process must end (a failed fsync is
  /// final): the store remembers it and refuses every later call.
  func commit(_ commit: LedgerCommit) throws
}
