import Foundation
import GRDB
import RotationCore
import Testing

@testable import RotationStore

/// A disk that is full or fails.
@Suite struct BreakdownTests {
  let place: Workplace
  let ledger: WritableLedger

  init() throws {
    place = try Workplace()
    ledger = try place.ledger()
  }

  @Test func `a full disk ends the process's part, and a new one goes on from what was there`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    let before = rotation
    try ledger.connection.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1") }
    var commit = Sample.step(&rotation, to: .generated)
    let text = String(repeating: "a", count: 60_000)
    commit.entries = [Sample.entry(rotation: rotation.id, details: ["text": .string(text)])]
    let first = failure { try ledger.commit(commit) }
    #expect(first?.code == .stopped)
    #expect(first?.remedy.contains { $0.contains("run it again") } == true)

    try ledger.connection.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
    #expect(failure { try ledger.commit(commit) } == first)
    #expect(failure { try ledger.claim() } == first)
    #expect(failure { _ = try ledger.rotations() } == first)

    try ledger.close()
    let reader = try #require(try LedgerFile.openForReading(folder: place.folder))
    #expect(try reader.rotations() == [before])
    #expect(try reader.entryCount() == 1)
  }

  @Test(arguments: [
    ResultCode.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_WRITE, .SQLITE_FULL, .SQLITE_CORRUPT, .SQLITE_NOTADB,
  ])
  func `an error after which the file is uncertain ends the process`(code: ResultCode) {
    #expect(DatabaseError(resultCode: code).endsTheProcess)
  }

  @Test(arguments: [ResultCode.SQLITE_BUSY, .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_READONLY, .SQLITE_ERROR])
  func `an error that leaves the file as it was does not`(code: ResultCode) {
    #expect(!DatabaseError(resultCode: code).endsTheProcess)
  }

  @Test(arguments: [ResultCode.SQLITE_FULL, .SQLITE_IOERR_SHMSIZE])
  func `a full disk is named as one, whatever SQLite calls it`(code: ResultCode) {
    let error = DatabaseError(resultCode: code)
    #expect(error.endsTheProcess)
    let failures = [Failure(error), Failure.unreadable(error, at: "/srv/state/keyturn.sqlite")]
    #expect(failures.map { $0?.code } == [.stopped, .stateNotWritable])
    for failure in failures {
      #expect(failure?.summary.contains("the disk is full") == true)
      #expect(failure?.remedy.first == "free space on the state's disk")
    }
  }

  @Test func `every error of SQLite is told without statement and arguments, and with a remedy`() {
    for code in 1...26 as ClosedRange<Int32> {
      let error = DatabaseError(
        resultCode: ResultCode(rawValue: code), message: nil, sql: "INSERT hemmelig", arguments: ["hemmelig"])
      let failure = Failure(error)
      #expect(!"\(failure)".contains("hemmelig"))
      #expect(!failure.remedy.isEmpty)
      #expect(failure.cause?.hasPrefix("SQLite \(code): ") == true)
    }
  }

  @Test func `another program that holds the database is told from a broken one`() throws {
    let other = try DatabaseQueue(path: place.folder.databasePath)
    try other.inDatabase { db in
      try db.execute(sql: "BEGIN IMMEDIATE")
      #expect(failure { try ledger.commit(Sample.opening(Sample.rotation())) }?.code == .stateBusy)
      try db.execute(sql: "ROLLBACK")
    }
    try ledger.commit(Sample.opening(Sample.rotation()))
  }
}
