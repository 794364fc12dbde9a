import ArgumentParser
import Foundation
import RotationCore
import RotationStore
import Testing

@testable import KeyturnCLI

/// A log on disk that somebody tampered with: nothing passes `audit verify`, and nothing is signed over it.
@Suite struct AuditDamageTests {
  let folder: TestFolder
  private var state: String { folder.path + "/state" }
  private var database: String { state + "/keyturn.sqlite" }
  private var log: String { state + "/log" }

  init() throws {
    folder = try TestFolder()
    try publish(events: 3)
  }

  /// Adds entries and signs, as a command with the passphrase does; what it says.
  @discardableResult
  private func publish(events: Int) throws -> String {
    let transcript = Transcript()
    let session = Session(
      .test(["KEYTURN_PASSPHRASE": "right"], in: folder.path, transcript.streams()), try .parse([]), command: "rotate")
    let state = try session.openState()
    defer { state.close() }
    try state.ledger.claim()
    for number in 0..<events {
      let entry = LogEntry(
        at: Sample.now, operator: "ola@host", rotation: nil, phase: nil, event: "test",
        details: ["number": .integer(Int64(number))])
      try state.ledger.commit(LedgerCommit(entries: [entry]))
    }
    state.publishLog(session)
    return transcript.err
  }

  private func verify(_ arguments: String...) async -> (status: Int32, out: String, err: String) {
    await run(["audit", "verify"] + arguments, in: folder)
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  /// In place, so that the file's mode stays.
  private func write(_ bytes: Data, at offset: Int = 0, to path: String) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: bytes)
    try file.close()
  }

  @Test func `every changed byte of every file of the log is reported`() async throws {
    #expect(await verify().status == 0)
    let names = (FileManager.default.subpaths(atPath: log) ?? []).map { log + "/" + $0 }
    let files = names.filter { (try? bytes($0)) != nil }
    #expect(files.count == 4)
    for file in files {
      let good = try bytes(file)
      for offset in good.indices {
        try write(Data([good[offset] ^ 0x01]), at: offset, to: file)
        let said = await verify()
        #expect(said.status == 1 && said.out.contains("NOT verified"), "\(file) at \(offset)")
        try write(Data([good[offset]]), at: offset, to: file)
      }
    }
    #expect(await verify().status == 0)
  }

  @Test(arguments: ["status", "history"])
  func `a damaged page that the answer does not rest on is warned of`(command: String) async throws {
    try publish(events: 200)
    let whole = await run([command], in: folder)
    #expect(whole.status == 0 && !whole.err.contains("damaged"), "\(whole.err)")
    let ledger = try #require(try LedgerFile.openForReading(folder: StateFolder(path: state)))
    let early = try #require(try ledger.entries(in: 10..<11).first)
    let place = try #require(try bytes(database).firstRange(of: early.bytes)).lowerBound
    try write(Data(repeating: 0xFF, count: 8), at: place / 4_096 * 4_096, to: database)
    let said = await run([command], in: folder)
    #expect(said.status == 0 && said.out == whole.out, "\(said.err)")
    #expect(said.err.hasPrefix("keyturn: warning: the ledger's database is damaged; nothing was written to it ("))
    #expect(said.err.contains("keyturn: hint: restore the last backup: keyturn state restore FILE"))
    #expect(ledger.damage(upTo: 4_096) == nil)
  }

  @Test func `every changed byte of every stored entry is reported`() async throws {
    let ledger = try #require(try LedgerFile.openForReading(folder: StateFolder(path: state)))
    let entries = try ledger.entries(in: 0..<ledger.entryCount())
    #expect(entries.count == 4)
    let file = try bytes(database)
    for entry in entries {
      let place = try #require(file.firstRange(of: entry.bytes)).lowerBound
      for offset in entry.bytes.indices {
        try write(Data([entry.bytes[offset] ^ 0x01]), at: place + offset, to: database)
        let said = await verify()
        #expect(said.status == 1 && said.out.contains("changed at entry \(entry.index): "), "byte \(offset)")
        let still = entry.index == 0 ? "nothing can be vouched for" : "entries 0 to \(entry.index - 1), as they were"
        #expect(said.out.contains(still))
      }
      try write(entry.bytes, at: place, to: database)
    }
    #expect(await verify().status == 0)
  }

  @Test func `a deleted folder is reported, and its rebuilding is told and put on record`() async throws {
    let kept = try folder.write(String(contentsOfFile: log + "/checkpoint", encoding: .utf8), as: "kept")
    try FileManager.default.removeItem(atPath: log)
    let missing = await verify()
    #expect(missing.status == 1 && missing.out.contains("missing"))
    for command in [["export", folder.path + "/export"], ["prove", "0"]] {
      let refused = await run(["audit"] + command, in: folder)
      #expect(refused.status == 1 && refused.err.contains("though one of 4 entries was signed"))
    }
    #expect(!folder.names.contains("export"))
    let said = try publish(events: 0)
    #expect(said.contains("the audit log's folder has no checkpoint, though one of 4 entries was signed"))
    #expect(await verify("--checkpoint", kept).status == 0)
    let ledger = try #require(try LedgerFile.openForReading(folder: StateFolder(path: state)))
    let last = try JSONValue(parsing: try #require(try ledger.entries(in: 4..<5).first).bytes)
    #expect(last["event"] == "log_folder_missing" && last["published"] == 4)
  }

  @Test func `a kept checkpoint is found in a mail, and one that is none is blamed and not the log`() async throws {
    let note = try String(contentsOfFile: log + "/checkpoint", encoding: .utf8)
    let mailed = "From: kari\r\nSubject: checkpoint\r\n\r\n" + note.dropLast().replacing("\n", with: "\r\n")
    #expect(await verify("--checkpoint", try folder.write(mailed, as: "mail")).status == 0)
    for (name, text) in [("none", "not a note"), ("forged", note.replacing("\n4\n", with: "\n3\n"))] {
      let said = await verify("--checkpoint", try folder.write(text, as: name))
      #expect(said.status == 1 && said.err.contains("\(name) is no checkpoint of this log; the log itself holds"))
    }
  }

  @Test func `a file that differs from whole entries is said to be no loss, and the advice heals it`() async throws {
    let tile = log + "/tile/entries/000.p/4"
    try write(Data([0x7A]), at: 3, to: tile)
    let said = await verify()
    #expect(said.status == 1 && said.err.contains("every entry is as it was signed; only files of \(log) are not"))
    try FileManager.default.moveItem(atPath: log, toPath: log + ".kept")
    try publish(events: 0)
    #expect(await verify().status == 0)
  }

  @Test func `with the folder gone, a changed store is not signed over`() async throws {
    let file = try bytes(database)
    let place = try #require(file.firstRange(of: Data(#""number":1"#.utf8)))
    try write(Data(#""number":7"#.utf8), at: place.lowerBound, to: database)
    try FileManager.default.removeItem(atPath: log)
    let said = try publish(events: 1)
    #expect(said.contains("not signed: the first 4 log entries of the store are not those of the checkpoint that the"))
    #expect(!FileManager.default.fileExists(atPath: log + "/checkpoint"))
    #expect(await verify().status == 1)
  }

  @Test func `an older database in the place of the newer one is not signed over`() async throws {
    let older = try bytes(database)
    try publish(events: 2)
    let kept = try folder.write(String(contentsOfFile: log + "/checkpoint", encoding: .utf8), as: "kept")
    let restore = {
      try FileManager.default.removeItem(atPath: database)
      _ = FileManager.default.createFile(
        atPath: database, contents: older, attributes: [.posixPermissions: 0o600])
    }
    try restore()
    let truncated = await verify()
    #expect(truncated.status == 1 && truncated.out.contains("truncated"))
    let refused = #expect(throws: Failure.self) { try publish(events: 1) }
    #expect(refused?.summary == "the store has 4 log entries, but 6 were published before")

    // With the folder deleted too, this machine alone cannot tell; it says so, and the kept checkpoint does.
    try restore()
    try FileManager.default.removeItem(atPath: log)
    #expect(await verify().status == 1)
    #expect(try publish(events: 1).contains("Compare with a checkpoint kept elsewhere"))
    #expect(await verify().status == 0)
    let witnessed = await verify("--checkpoint", kept)
    #expect(witnessed.status == 1 && witnessed.out.contains("forked"))
  }
}
