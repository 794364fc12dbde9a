internal import Foundation
package import RotationCore

/// A ledger for looking ahead (`plan`, `advance --dry-run`): what is there, or nothing at all, and no way to write.
package struct LookingLedger: RotationLedger {
  private let reader: (any LedgerReader)?

  /// Nil: there is no state yet.
  package init(_ reader: (any LedgerReader)?) { self.reader = reader }

  package func rotation(_ id: RotationID) throws -> Rotation? { try reader?.rotation(id) }
  package func rotations() throws -> [Rotation] { try reader?.rotations() ?? [] }
  package func openIntent(of rotation: RotationID) throws -> Intent? { try reader?.openIntent(of: rotation) }
  package func runbook(_ digest: String) throws -> StoredRunbook? { try reader?.runbook(digest) }
  package func sealedKeys() throws -> [SealedKey] { try reader?.sealedKeys() ?? [] }
  package func sealedKey(_ kid: KeyID) throws -> SealedKey? { try reader?.sealedKey(kid) }
  package func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey] {
    try reader?.publicKeys(everUsedWith: kid) ?? []
  }
  package func entryCount() throws -> Int { try reader?.entryCount() ?? 0 }
  package func entries(in range: Range<Int>) throws -> [StoredEntry] { try reader?.entries(in: range) ?? [] }
  package func entries(of rotation: RotationID) throws -> [StoredEntry] { try reader?.entries(of: rotation) ?? [] }

  package func claim() throws { throw Self.readOnly }
  package func commit(_ commit: LedgerCommit) throws { throw Self.readOnly }

  private static let readOnly = Failure(.internalError, "a command that only looks tried to write; nothing was written")
}
