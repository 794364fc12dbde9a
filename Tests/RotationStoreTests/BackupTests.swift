import Foundation
import GRDB
import RotationCore
import Testing

@testable import RotationStore

@Suite struct BackupTests {
  let place: Workplace
  let file: String
  let elsewhere: StateFolder

  init() throws {
    place = try Workplace()
    file = place.root + "/backup.keyturn"
    elsewhere = StateFolder(path: place.root + "/restored")
    try elsewhere.prepare()
  }

  @Test func `a copy taken while the ledger is in use holds everything, for its owner alone`() throws {
    let ledger = try filled()
    try ledger.backup(to: file)
    #expect(place.permissions(of: file) == 0o600)
    try ledger.commit(LedgerCommit(entries: [Sample.entry("later")]))

    try restore()
    let restored = try #require(try LedgerFile.openForReading(folder: elsewhere))
    #expect(try restored.rotations() == ledger.rotations())
    #expect(try restored.sealedKeys() == ledger.sealedKeys())
    // Without what came after the copy, and with the restore.
    #expect(try restored.entryCount() == ledger.entryCount())
    #expect(try restored.runbook("sha256:aa") == Sample.runbook)
    #expect(try restored.checkWhole() == ())
    #expect(place.permissions(of: elsewhere.databasePath) == 0o600)
  }

  @Test func `a reader can take the copy too`() throws {
    _ = try filled()
    let reader = try #require(try LedgerFile.openForReading(folder: place.folder))
    try reader.backup(to: file)
    #expect(FileStatus(at: file)?.size ?? 0 > 4096)
  }

  @Test func `a copy never replaces a file, and a failed one leaves none`() throws {
    let ledger = try filled()
    try PrivateFile.create(file)
    #expect(failure { try ledger.backup(to: file) }?.code == .stateNotWritable)
    #expect(FileStatus(at: file)?.size == 0)
    #expect(failure { try ledger.backup(to: place.root + "/none/backup") }?.code == .stateNotWritable)
  }

  @Test func `after a restore the epoch is another one and what is not final is observed first`() throws {
    let ledger = try filled()
    var done = Sample.rotation("R-2", client: "another")
    try ledger.commit(Sample.opening(done))
    try ledger.commit(Sample.step(&done, to: .abandoned))
    try ledger.backup(to: file)
    let epoch = try ledger.epoch()
    #expect(try ledger.restoredAt() == nil)
    try ledger.close()

    try restore()
    let lock = try StateLock(folder: elsewhere, holder: place.holder())
    let restored = try LedgerFile.openForWriting(folder: elsewhere, lock: lock)
    #expect(try restored.epoch() == epoch + 1)
    #expect(try restored.restoredAt() == Workplace.now)
    let id = Sample.rotation().id
    #expect(try restored.rotationsToObserve() == [id])

    try restored.claim()
    try restored.commit(LedgerCommit(entries: [Sample.entry("observed")]), with: LedgerExtras(observed: [id]))
    #expect(try restored.rotationsToObserve().isEmpty)
    let unknown = LedgerExtras(observed: [RotationID(rawValue: "R-none")])
    #expect(
      failure { try restored.commit(LedgerCommit(entries: [Sample.entry()]), with: unknown) }?.code == .rotationUnknown)
  }

  @Test(arguments: ["keyturn.sqlite", "keyturn.sqlite-wal", "log"])
  func `a state that is there is never overwritten`(name: String) throws {
    try filled().backup(to: file)
    let path = elsewhere.path + "/" + name
    try PrivateFile.create(path)
    let failure = failure { try restore() }
    #expect(failure?.code == .refused)
    #expect(failure?.summary.contains(path) == true)
    #expect(FileStatus(at: path)?.size == 0)
  }

  @Test func `what is no backup is refused, and nothing is left of the attempt`() throws {
    #expect(failure { try restore() }?.code == .inputInvalid)
    try Data("not a database".utf8).write(to: URL(fileURLWithPath: file))
    let refusal = failure { try restore() }
    #expect(refusal?.code == .inputInvalid)
    #expect(refusal?.summary.contains(file) == true)
    unlink(file)
    let foreign = try DatabaseQueue(path: file)
    try foreign.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE theirs (a)") }
    try foreign.close()
    #expect(failure { try restore() }?.code == .inputInvalid)
    #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path) == ["lock"])
  }

  @Test func `a damaged backup is refused`() throws {
    try filled().backup(to: file)
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    let size = try handle.seekToEnd()
    for page in 2..<size / 4096 {
      try handle.seek(toOffset: page * 4096)
      try handle.write(contentsOf: Data(repeating: 0xFF, count: 8))
    }
    try handle.close()
    #expect(failure { try restore() }?.code == .inputInvalid)
    #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path) == ["lock"])
  }

  private func filled() throws -> WritableLedger {
    let ledger = try place.ledger()
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    var step = Sample.step(&rotation, to: .generated)
    step.seals = [Sample.sealed("new")]
    try ledger.commit(step)
    return ledger
  }

  @Test func `a restore is a leaf of its own transaction`() throws {
    let ledger = try filled()
    try ledger.backup(to: file)
    // What no tile could hold is not recorded, and so is not restored either.
    #expect(failure { try restore(note: String(repeating: "x", count: 65_536)) }?.code == .internalError)
    #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path) == ["lock"])

    let id = Sample.rotation().id
    #expect(try restore(note: "by night") == [id])
    let restored = try #require(try LedgerFile.openForReading(folder: elsewhere))
    let count = try ledger.entryCount()
    #expect(try restored.entryCount() == count + 1)
    let last = try JSONValue(parsing: try #require(try restored.entries(in: count..<count + 1).first).bytes)
    #expect(last["event"] == "state_restored" && last["note"] == "by night")
    #expect(last["observe_first"] == [.string(id.rawValue)])
    #expect(try restored.epoch() == ledger.epoch() + 1)
  }

  @discardableResult
  private func restore(note: String = "") throws -> [RotationID] {
    let lock = try StateLock(folder: elsewhere, holder: place.holder())
    defer { lock.release() }
    return try LedgerFile.restore(from: file, into: elsewhere, lock: lock, at: Workplace.now) { open in
      Sample.entry(
        "state_restored", details: ["note": .string(note), "observe_first": .array(open.map { .string($0.rawValue) })])
    }
  }
}
