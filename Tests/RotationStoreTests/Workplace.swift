import Foundation
import RotationCore

@testable import RotationStore

/// A folder of its own for one test, gone with it, and everything that a test of the ledger starts from.
final class Workplace {
  let root: String
  let folder: StateFolder

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/keyturn-store-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
    root = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    folder = StateFolder(path: root + "/state")
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  static let now = Date(timeIntervalSinceReferenceDate: 816_692_800.123)

  func holder(_ name: String = "kari@vert") -> StateLock.Holder {
    StateLock.Holder(operatorName: name, pid: getpid(), host: "vert", since: Self.now, command: "keyturn rotate")
  }

  func lock() throws -> StateLock {
    try folder.prepare()
    return try StateLock(folder: folder, holder: holder())
  }

  /// A ledger taken over and ready to write. `patience` is none: nothing that a test waits for comes by itself.
  func ledger(_ lock: StateLock? = nil) throws -> WritableLedger {
    let ledger = try LedgerFile.openForWriting(folder: folder, lock: lock ?? self.lock(), patience: .zero)
    try ledger.claim()
    return ledger
  }

  func permissions(of path: String) -> UInt32? { FileStatus(at: path)?.permissions }

  func copy(_ path: String, to destination: String) throws {
    try FileManager.default.copyItem(atPath: path, toPath: destination)
  }
}

/// Values that a ledger holds.
enum Sample {
  static func key(_ kid: String, modulus: String = "n") -> KeyReference {
    KeyReference(
      kid: KeyID(kid), algorithm: .RS256,
      publicKey: PublicKey(
        n: modulus + kid, e: "AQAB", thumbprint: Thumbprint(rawValue: "t" + modulus + kid), bits: 2048))
  }

  static func rotation(
    _ id: String = "R-20261122-7F3K", client: String = "client", outgoing: String = "old"
  ) -> Rotation {
    Rotation(
      id: RotationID(rawValue: id), openedAt: Workplace.now, openedBy: "kari@vert",
      issuer: "https://maskinporten.no/", clientID: ClientID(client), emergency: false, manualPortal: false,
      outgoing: key(outgoing), runbookName: "production", runbookDigest: "sha256:aa", binding: ["client": "sha256:bb"],
      planDigest: "sha256:cc", timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
  }

  static let runbook = StoredRunbook(
    digest: "sha256:aa", bytes: Data("name: production\n".utf8), folder: "/srv/book", path: "book/production.yaml")

  static func entry(_ event: String = "stepDone", rotation: RotationID? = nil, details: [String: JSONValue] = [:])
    -> LogEntry
  {
    LogEntry(
      at: Workplace.now, operator: "kari@vert", rotation: rotation, phase: nil, event: event, details: details)
  }

  /// The commit that opens `rotation`.
  static func opening(_ rotation: Rotation) -> LedgerCommit {
    var commit = LedgerCommit(rotation: rotation, entries: [entry("opened", rotation: rotation.id)])
    commit.runbook = runbook
    return commit
  }

  /// The commit that takes `rotation` one revision on.
  static func step(_ rotation: inout Rotation, to phase: Phase) -> LedgerCommit {
    rotation.phase = phase
    rotation.revision += 1
    return LedgerCommit(rotation: rotation, entries: [entry(rotation: rotation.id)])
  }

  static func intent(_ id: String, of rotation: Rotation, writes: [PlannedWrite] = []) -> Intent {
    Intent(
      id: id, rotation: rotation.id, step: .publishKey, openedAt: Workplace.now, openedBy: "kari@vert", writes: writes)
  }

  /// Bytes that nothing else in a file looks like: SplitMix64.
  static func sealedBytes(_ seed: UInt64, count: Int = 1300) -> Data {
    var state = seed
    return Data(
      (0..<count).map { _ in
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt8(truncatingIfNeeded: mixed >> 32)
      })
  }

  static func sealed(_ kid: String, seed: UInt64 = 1) -> SealedKey {
    SealedKey(reference: key(kid), origin: .generated, createdAt: Workplace.now, pkcs8: sealedBytes(seed))
  }
}

/// The code of the failure that `body` throws; nil where it throws none.
func failure(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return error as? Failure }
  return nil
}
