internal import Foundation
package import RotationCore
private import Synchronization

/// The ledger's rules over plain values: revision, one open intent, epoch, a leaf with every change.
package final class MemoryLedger: RotationLedger {
  private struct State {
    var rotations: [RotationID: Rotation] = [:]
    var order: [RotationID] = []
    var intents: [RotationID: Intent] = [:]
    var runbooks: [String: StoredRunbook] = [:]
    var keys: [KeyID: SealedKey] = [:]
    var history: [KeyID: [PublicKey]] = [:]
    var leaves: [LogEntry] = []
    var epoch = 0
  }

  private let state = Mutex(State())
  private let crash: Mutex<CrashPlan>
  private let claimed = Mutex(0)

  package init(crash: CrashPlan = CrashPlan()) { self.crash = Mutex(crash) }

  /// A new process over the same state.
  package func restart(_ plan: CrashPlan) { crash.withLock { $0 = plan } }

  private func point(_ name: String) throws { try crash.withLock { $0 }.point(name) }

  package func claim() throws {
    try point("claim")
    claimed.withLock {
      $0 = state.withLock { state in
        state.epoch += 1
        return state.epoch
      }
    }
  }

  package func commit(_ commit: LedgerCommit) throws {
    let name = commit.entries.last?.value["event"]?.string ?? "-"
    try point("before commit \(name)")
    let epoch = claimed.withLock { $0 }
    try state.withLock { state in
      guard state.epoch == epoch else { throw Failure(.ownershipLost, "another process took over") }
      guard !commit.entries.isEmpty else { throw Failure(.internalError, "a change without a leaf") }
      if let rotation = commit.rotation {
        let stored = state.rotations[rotation.id]
        guard rotation.revision == (stored?.revision ?? 0) + 1 else {
          throw Failure(.ownershipLost, "another revision")
        }
        if rotation.phase.isOpen,
          let other = state.rotations.values.first(where: {
            $0.phase.isOpen && $0.id != rotation.id && $0.clientID == rotation.clientID && $0.issuer == rotation.issuer
          })
        {
          throw Failure(.refused, "rotation \(other.id) is open")
        }
        if stored == nil { state.order.insert(rotation.id, at: 0) }
        state.rotations[rotation.id] = rotation
        for key in [rotation.outgoing, rotation.incoming].compactMap({ $0 }) { try remember(key, in: &state) }
      }
      if let runbook = commit.runbook { state.runbooks[runbook.digest] = runbook }
      for key in commit.seals {
        state.keys[key.kid] = key
        try remember(key.reference, in: &state)
      }
      for kid in commit.destroys { state.keys[kid] = nil }
      if let id = commit.closes {
        guard let closed = state.intents.first(where: { $0.value.id == id }) else {
          throw Failure(.internalError, "no such intent")
        }
        state.intents[closed.key] = nil
      }
      if let intent = commit.opens {
        guard state.intents[intent.rotation] == nil else { throw Failure(.internalError, "an intent is open") }
        state.intents[intent.rotation] = intent
      }
      state.leaves += commit.entries
    }
    try point("after commit \(name)")
  }

  private func remember(_ key: KeyReference, in state: inout State) throws {
    var known = state.history[key.kid] ?? []
    if !known.contains(key.publicKey) { known.append(key.publicKey) }
    guard known.count == 1 else { throw Failure(.refused, "kid \(key.kid) was used with another key") }
    state.history[key.kid] = known
  }

  package func rotation(_ id: RotationID) throws -> Rotation? { state.withLock { $0.rotations[id] } }
  package func rotations() throws -> [Rotation] {
    state.withLock { state in state.order.compactMap { state.rotations[$0] } }
  }
  package func openIntent(of rotation: RotationID) throws -> Intent? { state.withLock { $0.intents[rotation] } }
  package func runbook(_ digest: String) throws -> StoredRunbook? { state.withLock { $0.runbooks[digest] } }
  package func sealedKeys() throws -> [SealedKey] { state.withLock { $0.keys.values.sorted { $0.kid < $1.kid } } }
  package func sealedKey(_ kid: KeyID) throws -> SealedKey? { state.withLock { $0.keys[kid] } }
  package func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey] { state.withLock { $0.history[kid] ?? [] } }
  package func entryCount() throws -> Int { state.withLock { $0.leaves.count } }

  package func entries(in range: Range<Int>) throws -> [StoredEntry] {
    state.withLock { state in
      state.leaves.indices.clamped(to: range).map { StoredEntry(index: $0, bytes: state.leaves[$0].bytes) }
    }
  }

  package func entries(of rotation: RotationID) throws -> [StoredEntry] {
    state.withLock { state in
      state.leaves.enumerated().filter { $0.element.value["rotation"]?.string == rotation.rawValue }
        .map { StoredEntry(index: $0.offset, bytes: $0.element.bytes) }
    }
  }

  /// The steps whose outcome is on record, in order.
  package func outcomes() -> [String] {
    state.withLock { state in
      state.leaves.filter { $0.value["event"]?.string == "outcome" }.compactMap { $0.value["step"]?.string }
    }
  }

  package func events() -> [String] { state.withLock { $0.leaves.compactMap { $0.value["event"]?.string } } }
}
