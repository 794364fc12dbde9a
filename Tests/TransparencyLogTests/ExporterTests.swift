import Foundation
import RotationCore
import Testing
import TransparencyLog

@Suite struct ExporterTests {
  /// An export and the shell blocks of its README.
  private struct Export {
    let log: TestLog
    let path: String
    let summary: LogExport
    let blocks: [String]

    init(_ count: Int, signed: Int? = nil) throws {
      log = try TestLog(count)
      try log.publish(signed)
      path = log.scratch.path + "/export"
      summary = try LogExporter(folder: log.folder, key: log.key.verifier)
        .export(LeafSource(log.leaves), to: path)
      let readme = String(decoding: FileManager.default.contents(atPath: path + "/README.md") ?? Data(), as: UTF8.self)
      blocks = readme.components(separatedBy: "```sh\n").dropFirst().map {
        $0.components(separatedBy: "```").first ?? ""
      }
      try #require(blocks.count == 2)
    }

    func runsWhole() throws -> Bool {
      let child = try Child.run("sh", "-c", blocks[0], in: path)
      return child.status == 0 && String(decoding: child.output, as: UTF8.self).hasPrefix("VERIFIED")
    }

    func runs(entry: Int) throws -> Bool {
      let block = blocks[1].replacingOccurrences(of: "entry=0\n", with: "entry=\(entry)\n")
      let child = try Child.run("sh", "-c", block, in: path)
      return child.status == 0 && String(decoding: child.output, as: UTF8.self).hasPrefix("VERIFIED: entry \(entry) ")
    }

    func write(_ bytes: Data, to name: String) throws {
      try bytes.write(to: URL(fileURLWithPath: path + "/" + name))
    }
  }

  @Test func `an export holds key, checkpoint, tiles, entries and proofs`() throws {
    let export = try Export(300, signed: 290)
    #expect(export.summary.checkpoint.size == 290 && export.summary.beyondCheckpoint == 10)
    let files = TestLog.files(below: export.path)
    var expected = Set(TilePath.all(for: 290).map(\.name))
    expected.formUnion((0..<290).map { "proofs/\($0).tlog-proof" })
    expected.formUnion(["checkpoint", "vkey", "entries.jsonl", "entries-beyond-checkpoint.jsonl", "README.md"])
    #expect(Set(files.keys) == expected)
    let lines = try #require(files["entries.jsonl"]).split(separator: 0x0A)
    #expect(lines.map { Data($0) } == Array(export.log.leaves.prefix(290)))
    #expect(files["entries-beyond-checkpoint.jsonl"]?.split(separator: 0x0A).count == 10)
    for index in 0..<290 {
      let proof = try TLogProof(parsing: try #require(files["proofs/\(index).tlog-proof"]))
      #expect(proof.index == index)
      try proof.verify(leaf: export.log.leaves[index], key: export.log.key.verifier)
    }
    let folder = LogFolder(path: export.path)
    #expect(try LogVerifier(folder: folder, key: export.log.key.verifier).verifyFolder().isVerified)
  }

  @Test func `whoever comes may read an export, and nobody else may write to it`() throws {
    let export = try Export(300, signed: 290)
    for name in [""] + (FileManager.default.subpaths(atPath: export.path) ?? []) {
      let found = try FileManager.default.attributesOfItem(atPath: export.path + "/" + name)
      let isFolder = found[.type] as? FileAttributeType == .typeDirectory
      #expect(found[.posixPermissions] as? Int == (isFolder ? 0o755 : 0o644), "\(name)")
    }
  }

  @Test(arguments: [0, 1, 2, 5, 257])
  func `the lines of the README verify an export`(_ size: Int) throws {
    let export = try Export(size)
    #expect(try export.runsWhole())
    for entry in Set([0, size / 2, size - 1]) where (0..<size).contains(entry) {
      #expect(try export.runs(entry: entry), "entry \(entry)")
    }
    #expect(try !export.runs(entry: size))
  }

  @Test(arguments: ["{}", "{}\n", "\n", "\0", "a\0b\n"])
  func `whatever is added to the entries is no part of them`(_ more: String) throws {
    let export = try Export(3)
    let entries = try Data(contentsOf: URL(fileURLWithPath: export.path + "/entries.jsonl"))
    try export.write(entries + Data(more.utf8), to: "entries.jsonl")
    #expect(try !export.runsWhole())
  }

  @Test func `a folder that cannot be made is named`() throws {
    let log = try TestLog(1)
    try log.publish()
    for path in ["/proc/keyturn/export", "/dev/null/export"] {
      #expect(throws: Failure.self) {
        try LogExporter(folder: log.folder, key: log.key.verifier).export(LeafSource(log.leaves), to: path)
      }
    }
  }

  /// Copies an export elsewhere and runs the README's lines there, both behind `program`; nothing of this process is
  /// left to them but the standard streams.
  private func verifiesElsewhere(_ export: Export, behind program: [String]) throws -> Bool {
    let elsewhere = try Scratch()
    let path = elsewhere.path + "/received"
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: elsewhere.path)
    let copied = try Child.run(program + ["cp", "-R", export.path, path])
    try #require(copied.status == 0, "\(copied.errors)")
    func run(_ lines: String) throws -> Child {
      try Child.run(program + ["env", "-i", "/bin/sh", "-c", lines], in: path)
    }
    #expect(try run("command -v keyturn").status != 0)
    #expect(try run("env").output.split(separator: 0x0A).allSatisfy { $0.starts(with: Data("PWD=".utf8)) })
    let answers = try export.blocks.map { try run($0) }
    return answers.allSatisfy { $0.status == 0 && $0.output.starts(with: Data("VERIFIED".utf8)) }
  }

  @Test func `the lines of the README verify an export in another folder with an empty environment`() throws {
    #expect(try verifiesElsewhere(Export(20), behind: []))
  }

  private static let isRoot = geteuid() == 0 && (try? Child.run("setpriv", "--version").status) == 0

  private static let isDemanded = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(.enabled(if: isRoot || isDemanded, "SKIPPED: only root with setpriv can become another user"))
  func `the lines of the README verify an export as another user`() throws {
    try #require(Self.isRoot, "only root with setpriv can become another user")
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    #expect(try verifiesElsewhere(Export(20), behind: nobody))
  }

  @Test func `the lines of the README fail on a changed byte of any file`() throws {
    let export = try Export(3)
    let files = TestLog.files(below: export.path)
    for (name, bytes) in files where name != "README.md" && !name.hasPrefix("proofs/") {
      // Every part of each file: each line or record has several of these.
      for offset in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 14)) + [bytes.count - 1] {
        try export.write(bytes.flipped(at: offset), to: name)
        #expect(try !export.runsWhole(), "\(name) at \(offset)")
      }
      try export.write(bytes, to: name)
    }
    #expect(try export.runsWhole())
  }

  @Test func `the lines for one entry fail on a changed byte of its proof or its line`() throws {
    let export = try Export(3)
    let (name, lines) = ("proofs/1.tlog-proof", "entries.jsonl")
    let proof = try #require(FileManager.default.contents(atPath: export.path + "/" + name))
    for offset in stride(from: 0, to: proof.count, by: 9) + [proof.count - 1] {
      try export.write(proof.flipped(at: offset), to: name)
      #expect(try !export.runs(entry: 1), "byte \(offset)")
    }
    try export.write(proof, to: name)
    #expect(try export.runs(entry: 1))
    let entries = try #require(FileManager.default.contents(atPath: export.path + "/" + lines))
    try export.write(entries.flipped(at: export.log.leaves[0].count + 10), to: lines)
    #expect(try !export.runs(entry: 1))
    #expect(try export.runs(entry: 0))
  }

  @Test func `a log without a checkpoint, or other entries than were signed, are not exported`() throws {
    var log = try TestLog(4)
    let exporter = LogExporter(folder: log.folder, key: log.key.verifier)
    let path = log.scratch.path + "/export"
    func cause() -> String? {
      #expect(throws: Failure.self) { try exporter.export(LeafSource(log.leaves), to: path) }?.cause
    }
    #expect(cause() == "log-entry-not-signed")
    try log.publish()
    let leaves = log.leaves
    log.leaves[0] = Data("{}".utf8)
    #expect(cause() == "log-forked")
    log.leaves = Array(leaves.prefix(3))
    #expect(cause() == "log-store-smaller")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `a folder that holds something is left alone`() throws {
    let export = try Export(2)
    let before = TestLog.files(below: export.path)
    let failure = #expect(throws: Failure.self) {
      try LogExporter(folder: export.log.folder, key: export.log.key.verifier)
        .export(LeafSource(export.log.leaves), to: export.path)
    }
    #expect(failure?.code == .refused)
    #expect(TestLog.files(below: export.path) == before)
  }
}
