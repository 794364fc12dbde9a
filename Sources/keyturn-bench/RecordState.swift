import Foundation
import KeyMaterial
import RotationCore
import RotationStore
import TransparencyLog

/// A state with a long past: one real rotation's rows, written again under other ids until the log has `entries`, then
/// signed once.
struct RecordState {
  let entries: Int
  let path: String
  /// A rotation in the middle of it.
  let rotation: RotationID
  let rotations: Int

  init(in folder: String, after simulation: Simulation, entries: Int) throws {
    self.entries = entries
    path = "\(folder)/state-\(entries)"
    guard let reader = try LedgerFile.openForReading(folder: StateFolder(path: simulation.state)),
      let sample = try reader.rotations().first(where: { $0.phase == .retired || $0.phase == .completed }),
      let runbook = try reader.runbook(of: sample.id)
    else { throw Trouble("the simulation left no finished rotation to take rows from") }
    let leaves = try reader.entries(of: sample.id).map { try JSONValue(parsing: $0.bytes) }
    rotations = (entries + leaves.count - 1) / leaves.count
    rotation = Self.id(rotations / 2)

    let state = StateFolder(path: path)
    try state.prepare()
    let lock = try StateLock(
      folder: state,
      holder: StateLock.Holder(
        operatorName: "bench", pid: getpid(), host: "bench", since: LedgerBench.moment, command: "bench"))
    let ledger = try LedgerFile.openForWriting(folder: state, lock: lock)
    try ledger.claim()
    for number in 0..<rotations {
      var commit = LedgerCommit(
        rotation: try Self.copy(of: sample, as: number), entries: leaves.map { Self.copy(of: $0, as: Self.id(number)) })
      commit.runbook = runbook
      try ledger.commit(commit)
    }
    try Self.publish(ledger, in: state)
    try ledger.close()
    lock.release()
  }

  private static func id(_ number: Int) -> RotationID { RotationID(rawValue: "R-20261122-B\(number)") }

  private static func copy(of rotation: Rotation, as number: Int) throws -> Rotation {
    let text = String(decoding: try JSONEncoder().encode(rotation), as: UTF8.self)
      .replacing(rotation.id.rawValue, with: id(number).rawValue)
      .replacing(/"openedAt":[0-9.]+/, with: "\"openedAt\":\(816_000_000 + number * 60)")
    var copy = try JSONDecoder().decode(Rotation.self, from: Data(text.utf8))
    copy.revision = 1
    return copy
  }

  private static func copy(of leaf: JSONValue, as rotation: RotationID) -> LogEntry {
    LogEntry(
      at: (leaf["at"]?.string).flatMap { try? Date($0, strategy: .iso8601) } ?? LedgerBench.moment,
      operator: leaf["operator"]?.string ?? "", rotation: rotation,
      phase: (leaf["phase"]?.string).flatMap(Phase.init(rawValue:)), event: leaf["event"]?.string ?? "",
      kid: (leaf["kid"]?.string).map { KeyID($0) }, details: leaf.object ?? [:])
  }

  private static func publish(_ ledger: WritableLedger, in state: StateFolder) throws {
    let keys = SealedKeyStore(passphrase: SecretBytes(utf8: "bench"))
    let made = try keys.generateLogKey()
    let name = "keyturn/bench"
    let entry = LogEntry(
      at: LedgerBench.moment, operator: "bench", rotation: nil, phase: nil, event: "log_key_made",
      details: ["name": .string(name)])
    try ledger.commit(
      LedgerCommit(entries: [entry]),
      with: LedgerExtras(logKey: LogKey(name: name, publicKey: made.publicKey, sealed: made.pkcs8)))
    let signer = try keys.logSigningKey(made)
    let publisher = LogPublisher(
      folder: LogFolder(path: state.logPath), key: try VerifierKey(name: name, publicKey: made.publicKey))
    let publication = try publisher.publish(try LeafSource(ledger)) { try signer.sign($0) }
    try ledger.notePublished(publication.note, size: publication.checkpoint.size)
  }
}
