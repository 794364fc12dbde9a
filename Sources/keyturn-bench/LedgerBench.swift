import CBaseline
import Foundation
import KeyMaterial
import RotationCore
import RotationStore

/// Durable steps that do nothing but be recorded, through the real ledger and through a C loop in turns.
struct LedgerBench {
  static let rounds = 7
  static let steps = 2_000

  /// `folder`: on tmpfs, so that the processor is measured and not the disk.
  static func run(in folder: String, isMemory: Bool) throws -> [Figure] {
    let state = StateFolder(path: folder + "/state")
    try state.prepare()
    let lock = try StateLock(
      folder: state,
      holder: StateLock.Holder(operatorName: "bench", pid: getpid(), host: "bench", since: moment, command: "bench"))
    var stepper = try Stepper()
    try withLedger(state, lock) { try stepper.open($0) }
    let copies = ["same", "plain"].map { "\(folder)/\($0).sqlite" }
    for copy in copies { try FileManager.default.copyItem(atPath: state.databasePath, toPath: copy) }
    guard let same = baseline_open(copies[0], nil) else { throw Trouble("the C loop did not open its database") }
    defer { baseline_close(same) }
    guard let plain = baseline_open(copies[1], "\(folder)/tables.sqlite") else {
      throw Trouble("the C loop did not open its tables")
    }
    defer { baseline_close(plain) }

    var ledgers: [Stretch] = []
    var loops: [[Stretch]] = [[], []]
    try withLedger(state, lock) { ledger in
      for round in 0...rounds {
        let mine = try Stretch { for _ in 0..<steps { try stepper.step(ledger) } }
        let others = try [same, plain].map { loop in
          try Stretch { if baseline_run(loop, Int32(steps)) < 0 { throw Trouble("the C loop stopped") } }
        }
        if round == 0 { continue }
        ledgers.append(mine)
        for (index, other) in others.enumerated() { loops[index].append(other) }
      }
    }
    let place = isMemory ? "tmpfs" : "a folder that is NOT tmpfs"
    let rows = "rotation updated, intent closed and opened, log entry: \(baseline_row_bytes(same)) bytes of rows"
    return [
      Figure(
        name: "durable no-op steps", unit: "steps/s", samples: ledgers.map(rate),
        goal: isMemory ? .atLeast(15_000) : nil,
        how: "WritableLedger.commit on \(place), \(steps) steps a round, one commit a step (\(rows))",
        notes: [busy(ledgers)]),
      Figure(
        name: "same rows, C loop", unit: "steps/s", samples: loops[0].map(rate),
        how: "same tables, checks, triggers and pragmas (WAL, synchronous=FULL), statements prepared once, in turns",
        notes: [busy(loops[0])]),
      Figure(
        name: "ledger / C loop", unit: "ratio", samples: ratios(ledgers.map(rate), through: loops[0].map(rate)),
        goal: .atLeast(0.5),
        how: "pair by pair",
        notes: [
          "by processor time \((ratios(loops[0].map(\.busy), through: ledgers.map(\.busy)).median ?? 0).short)"
        ]),
      Figure(
        name: "ledger / C loop on plain tables", unit: "ratio",
        samples: ratios(ledgers.map(rate), through: loops[1].map(rate)),
        how: "the C loop without checks, triggers, references and secure deletion: "
          + "\((loops[1].map(rate).median ?? 0).short) steps/s"),
    ]
  }

  private static func rate(_ run: Stretch) -> Double { Double(steps) / run.wall }

  private static func busy(_ runs: [Stretch]) -> String {
    "\(((runs.map(\.busy).median ?? 0) / Double(steps) * 1e6).short) us of processor time a step"
  }

  /// A time like any other; nothing here reads the clock for it.
  static let moment = Date(timeIntervalSinceReferenceDate: 816_692_800.123)

  private static func withLedger(_ state: StateFolder, _ lock: StateLock, _ body: (WritableLedger) throws -> Void)
    throws
  {
    let ledger = try LedgerFile.openForWriting(folder: state, lock: lock)
    try ledger.claim()
    try body(ledger)
    try ledger.close()
  }
}

/// A rotation in the middle of its life, as large as a real one, that goes on and on.
private struct Stepper {
  private var rotation: Rotation
  private var intent: Intent

  init() throws {
    let store = SealedKeyStore(passphrase: SecretBytes(utf8: "bench"))
    let keys = try ["outgoing", "incoming", "system1"].map { name in
      let pair = try SealedKeyStore.makePair { KeyID("\(name)-\($0.rawValue.prefix(12))") }
      return KeyReference(
        kid: pair.kid, algorithm: .RS256, publicKey: try store.publicKey(of: pair.privateKey))
    }
    let at = LedgerBench.moment
    rotation = Rotation(
      id: RotationID(rawValue: "R-20261122-7F3K"), openedAt: at, openedBy: "kari@vert",
      issuer: "https://test.maskinporten.no/", clientID: ClientID("5f0d1c6e-6a2b-4c1e-9d5a-2f4b8e7a1c30"),
      emergency: false, manualPortal: false, outgoing: keys[0], runbookName: "maskinporten-test",
      runbookDigest: Self.digest("a"), binding: ["client": Self.digest("b"), "portal": Self.digest("c")],
      planDigest: Self.digest("d"), timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
    rotation.phase = .proven
    rotation.incoming = keys[1]
    rotation.publishedAt = at
    for key in keys.prefix(2) {
      rotation.listedSince[key.kid] = at
      rotation.lastGrant[key.kid] = TokenGrant(kid: key.kid, at: at, lifetime: 120)
    }
    rotation.verdicts = ["incomingListed", "propagationElapsed", "insideMaintenanceWindow", "targetsUnchanged"].map {
      RecordedVerdict(guardName: $0, holds: true, reason: "seen just now", readAt: at)
    }
    rotation.lastSeen.portal = PortalKeySet(keys: keys.map(PortalKey.init), lastUpdated: at.iso8601)
    rotation.lastSeen.portalAt = at
    rotation.lastSeen.targets = ["dotenv:/srv/app/.env": keys[0].kid]
    rotation.lastSeen.targetsAt = at
    intent = Self.intent(1, of: rotation.id)
  }

  /// The commit that the first step builds on.
  func open(_ ledger: WritableLedger) throws {
    var commit = LedgerCommit(rotation: rotation, entries: [entry])
    commit.runbook = StoredRunbook(
      digest: rotation.runbookDigest, bytes: Data("name: bench\n".utf8), folder: "/srv/book", path: "bench.yaml")
    commit.opens = intent
    try ledger.commit(commit)
  }

  /// Outcome of one step and intent of the next, in one commit.
  mutating func step(_ ledger: WritableLedger) throws {
    rotation.revision += 1
    var commit = LedgerCommit(rotation: rotation, entries: [entry])
    commit.closes = intent.id
    intent = Self.intent(rotation.revision, of: rotation.id)
    commit.opens = intent
    try ledger.commit(commit)
  }

  private var entry: LogEntry {
    LogEntry(
      at: LedgerBench.moment, operator: "kari@vert", rotation: rotation.id, phase: rotation.phase, event: "outcome",
      kid: rotation.incoming?.kid, details: ["step": "proveKey", "tokens": 3])
  }

  private static func intent(_ number: Int, of rotation: RotationID) -> Intent {
    Intent(
      id: "intent-\(number)", rotation: rotation, step: .swapEnvironment, openedAt: LedgerBench.moment,
      openedBy: "kari@vert", writes: writes)
  }

  private static let writes = [
    PlannedWrite(neighbour: "dotenv:/srv/app/.env", change: "set the incoming pair in place of the outgoing")
  ]

  private static func digest(_ letter: Character) -> String { "sha256:" + String(repeating: letter, count: 64) }
}
