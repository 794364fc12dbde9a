internal import Foundation
package import RotationCore
private import Synchronization

/// The ledger's rules over plain values: revision, one open intent, epoch, a leaf with every change.
package final class MemoryLedger: RotationLedger {
  package struct State: Sendable {
    package var rotations: [RotationID: Rotation] = [:]
    /// Newest first.
    package var order: [RotationID] = []
    package var intents: [RotationID: Intent] = [:]
    package var runbooks: [String: StoredRunbook] = [:]
    package var keys: [KeyID: SealedKey] = [:]
    package var history: [KeyID: [PublicKey]] = [:]
    package var leaves: [LogEntry] = []
    package var epoch = 0

    /// Newest first.
    package var all: [Rotation] { order.compactMap { rotations[$0] } }
  }

  /// What is durable; two processes may hold it.
  private final class Disk: Sendable { let state = Mutex(State()) }

  private let disk: Disk
  private let crash: Mutex<CrashPlan>
  private let claimed = Mutex(0)

  package init(crash: CrashPlan = CrashPlan()) {
    disk = Disk()
    self.crash = Mutex(crash)
  }

  private init(beside other: MemoryLedger) {
    disk = other.disk
    crash = Mutex(CrashPlan())
  }

  /// Another process over the same disk; the one that claimed last may write.
  package func besides() -> MemoryLedger { MemoryLedger(beside: self) }

  package func look<R: Sendable>(_ body: (State) -> R) -> R { disk.state.withLock { body($0) } }
  package func change(_ body: (inout State) -> Void) { disk.state.withLock { body(&$0) } }

  /// A new process over the same state.
  package func restart(_ plan: CrashPlan) { crash.withLock { $0 = plan } }

  private func point(_ name: String) throws { try crash.withLock { $0 }.point(name) }

  package func claim() throws {
    try point("claim")
    claimed.withLock {
      $0 = disk.state.withLock { state in
        state.epoch += 1
        return state.epoch
      }
    }
  }

  package func commit(_ commit: LedgerCommit) throws {
    let name = commit.entries.last?.value["event"]?.string ?? "-"
    try point("before commit \(name)")
    let epoch = claimed.withLock { $0 }
    try disk.state.withLock { state in
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
    let known = state.history[key.kid] ?? []
    if known.contains(key.publicKey) { return }
    guard known.isEmpty else { throw Failure(.refused, "kid \(key.kid) was used with another key") }
    state.history[key.kid] = [key.publicKey]
  }

  package func rotation(_ id: RotationID) throws -> Rotation? { disk.state.withLock { $0.rotations[id] } }
  package func rotations() throws -> [Rotation] {
    disk.state.withLock { state in state.order.compactMap { state.rotations[$0] } }
  }
  package func openIntent(of rotation: RotationID) throws -> Intent? { disk.state.withLock { $0.intents[rotation] } }
  package func runbook(_ digest: String) throws -> StoredRunbook? { disk.state.withLock { $0.runbooks[digest] } }
  package func sealedKeys() throws -> [SealedKey] { disk.state.withLock { $0.keys.values.sorted { $0.kid < $1.kid } } }
  package func sealedKey(_ kid: KeyID) throws -> SealedKey? { disk.state.withLock { $0.keys[kid] } }
  package func publicKeys(everUsedWith kid: KeyID) throws -> [PublicKey] {
    disk.state.withLock { $0.history[kid] ?? [] }
  }
  package func entryCount() throws -> Int { disk.state.withLock { $0.leaves.count } }

  package func entries(in range: Range<Int>) throws -> [StoredEntry] {
    disk.state.withLock { state in
      state.leaves.indices.clamped(to: range).map { StoredEntry(index: $0, bytes: state.leaves[$0].bytes) }
    }
  }

  package func entries(of rotation: RotationID) throws -> [StoredEntry] {
    disk.state.withLock { state in
      state.leaves.enumerated().filter { $0.element.value["rotation"]?.string == rotation.rawValue }
        .map { StoredEntry(index: $0.offset, bytes: $0.element.bytes) }
    }
  }

  /// The steps whose outcome is on record, in order.
  package func outcomes() -> [String] {
    disk.state.withLock { state in
      state.leaves.filter { $0.value["event"]?.string == "outcome" }.compactMap { $0.value["step"]?.string }
    }
  }

  package func events() -> [String] { disk.state.withLock { $0.leaves.compactMap { $0.value["event"]?.string } } }
}
