import Foundation
import GRDB
import RotationCore
import Testing

@testable import RotationStore

@Suite struct ErasureTests {
  let place: Workplace
  let lock: StateLock
  let ledger: WritableLedger

  init() throws {
    place = try Workplace()
    lock = try place.lock()
    ledger = try place.ledger(lock)
  }

  @Test func `a destroyed key is in no byte of the state's files, and the phase with it`() throws {
    var rotation = try filled(keys: 6)
    let sealed = Sample.sealedBytes(3)
    #expect(try isAnywhere(sealed))
    var commit = Sample.step(&rotation, to: .completed)
    commit.destroys = [KeyID("k3")]
    try ledger.commit(commit)
    #expect(try !isAnywhere(sealed))
    #expect(try ledger.sealedKey(KeyID("k3")) == nil)
    #expect(try ledger.rotation(rotation.id)?.phase == .completed)
    #expect(try ledger.pendingErasures().isEmpty)
    #expect(try ledger.publicKeys(everUsedWith: KeyID("k3")) == [Sample.key("k3").publicKey])
    for other in [0, 1, 2, 4, 5] { #expect(try isAnywhere(Sample.sealedBytes(UInt64(other)))) }
  }

  @Test func `a page that was rearranged keeps no part of a destroyed key`() throws {
    var rotation = try filled(keys: 40)
    for kid in stride(from: 1, to: 40, by: 2) {
      var commit = Sample.step(&rotation, to: .generated)
      commit.destroys = [KeyID("k\(kid)")]
      try ledger.commit(commit)
      #expect(try !isAnywhere(Sample.sealedBytes(UInt64(kid))), "k\(kid)")
    }
    #expect(try ledger.sealedKeys().count == 20)
  }

  @Test func `a reader in the way keeps the phase, and the next run finishes`() throws {
    var rotation = try filled(keys: 2)
    let before = rotation
    let reader = try lingeringReader()
    var commit = Sample.step(&rotation, to: .completed)
    commit.destroys = [KeyID("k1")]
    let failure1 = failure { try ledger.commit(commit) }
    #expect(failure1?.code == .stopped)
    #expect(failure1?.summary.contains("k1 is deleted, but not yet proven gone") == true)
    #expect(try ledger.rotation(rotation.id) == before)
    #expect(try ledger.pendingErasures() == ["k1"])

    try reader.unsafeRead { try $0.execute(sql: "COMMIT") }
    try ledger.commit(commit)
    #expect(try ledger.rotation(rotation.id) == rotation)
    #expect(try ledger.pendingErasures().isEmpty)
    #expect(try !isAnywhere(Sample.sealedBytes(1)))
  }

  @Test func `a reader in the way of an earlier destruction does not keep the next owner from taking over`() throws {
    var rotation = try filled(keys: 2)
    let reader = try lingeringReader()
    var commit = Sample.step(&rotation, to: .completed)
    commit.destroys = [KeyID("k1")]
    #expect(failure { try ledger.commit(commit) }?.code == .stopped)
    let next = try place.ledger(lock)
    #expect(try next.pendingErasures() == ["k1"])
    var other = LedgerCommit(entries: [Sample.entry("noted")])
    other.seals = [Sample.sealed("k9", seed: 9)]
    try next.commit(other)
    try reader.unsafeRead { try $0.execute(sql: "COMMIT") }
    try next.commit(commit)
    #expect(try !isAnywhere(Sample.sealedBytes(1)))
    #expect(try isAnywhere(Sample.sealedBytes(9)))
  }

  @Test func `a process killed between deletion and proof leaves a state that the next one finishes`() throws {
    var rotation = try filled(keys: 2)
    try ledger.connection.queue.writeWithoutTransaction { db in
      try db.inTransaction(.immediate) {
        try Erasure(db: db, folder: place.folder).delete([KeyID("k1")])
        return .commit
      }
    }
    let killed = StateFolder(path: place.root + "/killed")
    try killed.prepare()
    for end in ["", "-wal"] { try place.copy(place.folder.databasePath + end, to: killed.databasePath + end) }
    #expect(try isAnywhere(Sample.sealedBytes(1), in: killed))

    let next = try LedgerFile.openForWriting(
      folder: killed, lock: StateLock(folder: killed, holder: place.holder()), patience: .zero)
    #expect(try next.pendingErasures() == ["k1"])
    try next.claim()
    #expect(try next.pendingErasures().isEmpty)
    #expect(try !isAnywhere(Sample.sealedBytes(1), in: killed))
    var commit = Sample.step(&rotation, to: .completed)
    commit.destroys = [KeyID("k1")]
    try next.commit(commit)
    #expect(try next.rotation(rotation.id) == rotation)
  }

  @Test func `destroying what is gone already is no failure`() throws {
    var rotation = try filled(keys: 1)
    var commit = Sample.step(&rotation, to: .abandoned)
    commit.destroys = [KeyID("never made")]
    try ledger.commit(commit)
    #expect(try ledger.rotation(rotation.id) == rotation)
  }

  @Test func `a commit that would be refused destroys nothing`() throws {
    var rotation = try filled(keys: 1)
    var stale = rotation
    stale.revision += 1
    var commit = Sample.step(&stale, to: .completed)
    commit.destroys = [KeyID("k0")]
    #expect(failure { try ledger.commit(commit) }?.code == .ownershipLost)
    var unknown = Sample.step(&rotation, to: .completed)
    unknown.destroys = [KeyID("k0")]
    unknown.closes = "no such intent"
    #expect(failure { try ledger.commit(unknown) }?.code == .internalError)
    #expect(try ledger.sealedKey(KeyID("k0")) != nil)
    #expect(try ledger.pendingErasures().isEmpty)
  }

  @Test func `a copy elsewhere in the state folder is named and keeps the phase`() throws {
    var rotation = try filled(keys: 1)
    let before = rotation
    let copy = place.folder.path + "/old.sqlite"
    try ledger.backup(to: copy)
    var commit = Sample.step(&rotation, to: .completed)
    commit.destroys = [KeyID("k0")]
    for _ in 0..<2 {
      let failure = failure { try ledger.commit(commit) }
      #expect(failure?.code == .stopped)
      #expect(failure?.summary.contains(copy) == true)
      #expect(try ledger.rotation(rotation.id) == before)
    }
    unlink(copy)
    try ledger.commit(commit)
    #expect(try ledger.rotation(rotation.id) == rotation)
  }

  @Test func `a key sealed anew leaves nothing of its former sealing`() throws {
    _ = try filled(keys: 2)
    let key = LogKey(name: "log", publicKey: Data([1]), sealed: Sample.sealedBytes(70))
    try ledger.commit(LedgerCommit(entries: [Sample.entry()]), with: LedgerExtras(logKey: key))
    var anew = LedgerCommit(entries: [Sample.entry("resealed")])
    anew.seals = [Sample.sealed("k0", seed: 50), Sample.sealed("k1", seed: 51)]
    let logKey = LogKey(name: "log", publicKey: Data([1]), sealed: Sample.sealedBytes(71))
    try ledger.commit(anew, with: LedgerExtras(logKey: logKey))
    for seed in [0, 1, 70] as [UInt64] { #expect(try !isAnywhere(Sample.sealedBytes(seed)), "\(seed)") }
    #expect(try ledger.sealedKey(KeyID("k0"))?.pkcs8 == Sample.sealedBytes(50))
    #expect(try ledger.logKey() == logKey)
    #expect(try ledger.pendingErasures().isEmpty)
  }

  @Test func `a sealing too plain to be looked for is proven gone by writing every page anew`() throws {
    var commit = LedgerCommit(entries: [Sample.entry()])
    let plain = Data(repeating: 0x5A, count: 1000)
    commit.seals = [
      SealedKey(reference: Sample.key("k"), origin: .imported, createdAt: Workplace.now, pkcs8: plain)
    ]
    try ledger.commit(commit)
    #expect(try isAnywhere(plain))
    var destroy = LedgerCommit(entries: [Sample.entry()])
    destroy.destroys = [KeyID("k")]
    try ledger.commit(destroy)
    #expect(try !isAnywhere(plain))
  }

  /// An open rotation, and sealed keys `k0`, `k1`, … made from the seeds 0, 1, …, in the order of chance.
  private func filled(keys: Int) throws -> Rotation {
    let rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    for number in (0..<keys).map({ $0 * 7 % 40 }) where number < keys || keys == 40 {
      var commit = LedgerCommit(entries: [Sample.entry()])
      commit.seals = [Sample.sealed("k\(number)", seed: UInt64(number))]
      try ledger.commit(commit)
    }
    for number in 0..<keys where try ledger.sealedKey(KeyID("k\(number)")) == nil {
      var commit = LedgerCommit(entries: [Sample.entry()])
      commit.seals = [Sample.sealed("k\(number)", seed: UInt64(number))]
      try ledger.commit(commit)
    }
    return rotation
  }

  /// Somebody who began to read before and does not end.
  private func lingeringReader() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.allowsUnsafeTransactions = true
    let queue = try DatabaseQueue(path: place.folder.databasePath, configuration: configuration)
    try queue.unsafeRead { db in
      try db.execute(sql: "BEGIN")
      _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sealed_keys")
    }
    return queue
  }

  /// Whether any 16 bytes of `secret`, past its header, stand in any file of the folder.
  private func isAnywhere(_ secret: Data, in folder: StateFolder? = nil) throws -> Bool {
    let path = (folder ?? place.folder).path
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    let parts = stride(from: 128, to: secret.count - 16, by: 16).map { secret[$0..<$0 + 16] }
    for file in files {
      // Another process, in effect: this one would drop SQLite's locks by opening and closing the file.
      let bytes = try scan(path + "/" + file)
      if parts.contains(where: { bytes.range(of: $0) != nil }) { return true }
    }
    return false
  }

  private func scan(_ path: String) throws -> Data {
    let cat = Process()
    cat.executableURL = URL(fileURLWithPath: "/bin/cat")
    cat.arguments = [path]
    let output = Pipe()
    cat.standardOutput = output
    try cat.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    cat.waitUntilExit()
    return bytes
  }
}
