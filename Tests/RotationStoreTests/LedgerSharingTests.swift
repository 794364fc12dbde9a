import Foundation
import GRDB
import RotationCore
import Testing

@testable import RotationStore

/// More than one process: an earlier owner, readers, and the ones that were killed.
@Suite struct LedgerSharingTests {
  let place: Workplace

  init() throws { place = try Workplace() }

  @Test func `nothing is written before the ledger was taken over`() throws {
    let ledger = try LedgerFile.openForWriting(folder: place.folder, lock: place.lock())
    #expect(failure { try ledger.commit(Sample.opening(Sample.rotation())) }?.code == .ownershipLost)
    #expect(failure { try ledger.notePublished(Data(), size: 0) }?.code == .ownershipLost)
    #expect(try ledger.epoch() == 0)
  }

  @Test func `an owner that was overtaken writes nothing, not even to the log`() throws {
    let lock = try place.lock()
    let first = try place.ledger(lock)
    var rotation = Sample.rotation()
    try first.commit(Sample.opening(rotation))
    let second = try place.ledger(lock)
    let overtaken = rotation
    let failure1 = failure { try first.commit(Sample.step(&rotation, to: .generated)) }
    #expect(failure1?.code == .ownershipLost)
    #expect(failure1?.summary.contains("epoch 2, ours is 1") == true)
    #expect(failure { try first.commit(LedgerCommit(entries: [Sample.entry()])) }?.code == .ownershipLost)
    #expect(failure { try first.notePublished(Data(), size: 1) }?.code == .ownershipLost)
    #expect(try second.rotation(rotation.id) == overtaken)
    #expect(try second.entryCount() == 1)
    try second.commit(LedgerCommit(rotation: rotation, entries: [Sample.entry(rotation: rotation.id)]))
  }

  @Test func `an overtaken owner destroys nothing either`() throws {
    let lock = try place.lock()
    let first = try place.ledger(lock)
    var seal = LedgerCommit(entries: [Sample.entry()])
    seal.seals = [Sample.sealed("k")]
    try first.commit(seal)
    let second = try place.ledger(lock)
    var destroy = LedgerCommit(entries: [Sample.entry()])
    destroy.destroys = [KeyID("k")]
    #expect(failure { try first.commit(destroy) }?.code == .ownershipLost)
    #expect(try second.sealedKey(KeyID("k")) == seal.seals[0])
  }

  @Test func `a reader sees each commit of a writer at work, and stops no one`() throws {
    let writer = try place.ledger()
    var rotation = Sample.rotation()
    try writer.commit(Sample.opening(rotation))
    let reader = try #require(try LedgerFile.openForReading(folder: place.folder))
    for phase in [Phase.generated, .published, .proven] {
      try writer.commit(Sample.step(&rotation, to: phase))
      #expect(try reader.rotation(rotation.id)?.phase == phase)
    }
    #expect(try reader.entryCount() == 4)
    // The WAL can be cut to nothing, so no call of the reader left a transaction open.
    _ = try writer.connection.queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
  }

  @Test func `a reader can write nothing and leaves no byte changed`() throws {
    let lock = try place.lock()
    let writer = try place.ledger(lock)
    try writer.commit(Sample.opening(Sample.rotation()))
    let wal = try Data(contentsOf: URL(fileURLWithPath: place.folder.databasePath + "-wal"))
    let reader = try #require(try LedgerFile.openForReading(folder: place.folder))
    #expect(throws: DatabaseError.self) {
      try reader.connection.queue.unsafeRead { try $0.execute(sql: "UPDATE ledger SET epoch = 9") }
    }
    _ = try reader.rotations()
    try reader.connection.queue.close()
    #expect(try Data(contentsOf: URL(fileURLWithPath: place.folder.databasePath + "-wal")) == wal)
  }

  @Test func `a reader alone does not fold the WAL of a killed writer into the database`() throws {
    let (killed, rotation) = try kill()
    let database = try Data(contentsOf: URL(fileURLWithPath: killed.databasePath))
    let wal = try Data(contentsOf: URL(fileURLWithPath: killed.databasePath + "-wal"))
    let reader = try #require(try LedgerFile.openForReading(folder: killed))
    #expect(try reader.rotation(rotation.id) == rotation)
    try reader.connection.queue.close()
    #expect(try Data(contentsOf: URL(fileURLWithPath: killed.databasePath)) == database)
    #expect(try Data(contentsOf: URL(fileURLWithPath: killed.databasePath + "-wal")) == wal)
  }

  @Test func `what was committed before a kill is there after it, and the next owner goes on`() throws {
    let (killed, rotation) = try kill()
    let lock = try StateLock(folder: killed, holder: place.holder())
    let ledger = try LedgerFile.openForWriting(folder: killed, lock: lock)
    try ledger.claim()
    #expect(try ledger.epoch() == 2)
    #expect(try ledger.rotation(rotation.id) == rotation)
    #expect(try ledger.openIntent(of: rotation.id)?.id == "i1")
    #expect(try ledger.entryCount() == 2)
    var next = rotation
    try ledger.commit(Sample.step(&next, to: .published))
  }

  @Test func `a commit cut short by a kill never happened`() throws {
    let (killed, rotation) = try kill()
    let wal = try #require(FileHandle(forUpdatingAtPath: killed.databasePath + "-wal"))
    try wal.truncate(atOffset: try wal.seekToEnd() - 100)
    try wal.close()
    let lock = try StateLock(folder: killed, holder: place.holder())
    let ledger = try LedgerFile.openForWriting(folder: killed, lock: lock)
    #expect(try ledger.rotation(rotation.id)?.revision == 1)
    #expect(try ledger.entryCount() == 1)
    #expect(try ledger.openIntent(of: rotation.id) == nil)
  }

  /// A state as `kill -9` leaves it: copied mid-way from under a writer that is still at work. Two commits in it.
  private func kill() throws -> (StateFolder, Rotation) {
    let ledger = try place.ledger()
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    var step = Sample.step(&rotation, to: .generated)
    step.opens = Sample.intent("i1", of: rotation)
    try ledger.commit(step)
    let killed = StateFolder(path: place.root + "/killed")
    try killed.prepare()
    for end in ["", "-wal"] {
      try place.copy(place.folder.databasePath + end, to: killed.databasePath + end)
    }
    return (killed, rotation)
  }
}
