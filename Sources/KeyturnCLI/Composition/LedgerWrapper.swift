package import RotationCore

/// A ledger around another one: it reads what that one reads, and does something of its own when it writes.
package protocol LedgerWrapper: RotationLedger {
  var inner: any RotationLedger { get }
}

extension LedgerWrapper {
  package func rotation(_ id: RotationID) throws -> Rotation? { try inner.rotation(id) }
  package func rotations() throws -> [Rotation] { try inner.rotations() }
  package func openIntent(of rotation: RotationID) throws -> Intent? { try inner.openIntent(of: rotation) }
  package func runbook(_ digest: String) throws -> StoredRunbook? { try inner.runbook(digest) }
  package func sealedKeys() throws -> [SealedKey] { try inner.sealedKeys() }
  package func sealedKey(_ kid: KeyID) throws -> SealedKey? { try inner.sealedKey(kid) }
  package func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey] { try inner.publicKeys(everUsedWith: kid) }
  package func entryCount() throws -> Int { try inner.entryCount() }
  package func entries(in range: Range<Int>) throws -> [StoredEntry] { try inner.entries(in: range) }
  package func entries(of rotation: RotationID) throws -> [StoredEntry] { try inner.entries(of: rotation) }
}
