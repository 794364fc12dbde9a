import Foundation
import RotationCore
import Testing
import TransparencyLog

@Suite struct PublisherTests {
  private struct Refusal: Error {}

  private func refuse(_ text: Data) throws -> Data { throw Refusal() }

  @Test func `publishing writes exactly the tiles of the size, a checkpoint and the key`() throws {
    let log = try TestLog(300)
    let done = try log.publish()
    #expect(done.isNew && done.repaired.isEmpty)
    #expect(Set(log.files.keys) == Set(TilePath.all(for: 300).map(\.name) + ["checkpoint", "vkey"]))
    #expect(log.files["checkpoint"] == done.note)
    #expect(log.files["vkey"] == Data((log.key.verifier.line + "\n").utf8))
    #expect(log.files["tile/0/001.p/44"]?.count == 44 * 32)
    let first = try #require(log.files["tile/entries/000"])
    #expect(first.prefix(2 + log.leaves[0].count) == Data([0, UInt8(log.leaves[0].count)]) + log.leaves[0])
    #expect(try log.folder.verifierKey() == log.key.verifier)
  }

  @Test func `the root is that of the entries`() throws {
    let log = try TestLog(7)
    var tree = CompactRange()
    for leaf in log.leaves { tree.append(.leaf(leaf)) }
    let head = Checkpoint(origin: log.key.verifier.name, size: 7, root: tree.root)
    #expect(try log.publish().checkpoint == head)
    let note = try #require(try log.folder.checkpoint())
    #expect(try Checkpoint(note: note, signedBy: log.key.verifier) == head)
  }

  @Test func `everything belongs to its owner alone`() throws {
    let log = try TestLog(3)
    try log.publish()
    for name in log.files.keys { #expect(try log.mode(of: name) == 0o600, "\(name)") }
    for name in ["", "tile", "tile/0", "tile/0/000.p", "tile/entries"] { #expect(try log.mode(of: name) == 0o700) }
  }

  @Test func `nothing new signs nothing`() throws {
    let log = try TestLog(5)
    let first = try log.publish()
    let again = try log.publisher.publish(LeafSource(log.leaves), sign: refuse)
    #expect(again.note == first.note && !again.isNew && again.repaired.isEmpty)
  }

  @Test func `partial tiles stay for each size that was signed, until the full one stands`() throws {
    let log = try TestLog(260)
    for size in [3, 5, 255] { try log.publish(size) }
    for width in [3, 5, 255] {
      #expect(log.files["tile/0/000.p/\(width)"]?.count == width * 32)
      #expect(log.files["tile/entries/000.p/\(width)"] != nil)
    }
    try log.publish(260)
    #expect(Set(log.files.keys) == Set(TilePath.all(for: 260).map(\.name) + ["checkpoint", "vkey"]))
    #expect(!FileManager.default.fileExists(atPath: log.path + "/tile/0/000.p"))
  }

  @Test func `growing leaf by leaf gives the files of publishing at once`() throws {
    let key = try TestKey()
    let (slow, fast) = (try TestLog(258, key: key), try TestLog(258, key: key))
    for size in 250...258 { try slow.publish(size) }
    try fast.publish()
    let tiles = fast.files
    for (name, bytes) in tiles { #expect(slow.files[name] == bytes, "\(name)") }
  }

  @Test func `an empty log has a checkpoint too`() throws {
    let log = try TestLog(0)
    let done = try log.publish()
    #expect(done.checkpoint.size == 0 && done.checkpoint.root == .emptyRoot)
    #expect(Set(log.files.keys) == ["checkpoint", "vkey"])
  }

  @Test func `what is missing or damaged is rebuilt from the signed entries without signing`() throws {
    let log = try TestLog(300)
    try log.publish()
    let good = log.files
    try log.remove("tile/0/000")
    try log.write(Data("x".utf8), to: "tile/entries/001.p/44")
    try log.write(Data("x".utf8), to: "vkey")
    try log.write(Data("left".utf8), to: "tile/0/.abc.tmp")
    let done = try log.publisher.publish(LeafSource(log.leaves), sign: refuse)
    #expect(done.repaired == ["vkey", "tile/entries/001.p/44"])
    #expect(log.files == good)
  }

  private func expectRefusal(_ cause: String, _ log: TestLog, _ leaves: [Data], kept: [KeptCheckpoint] = []) {
    let before = log.files
    let failure = #expect(throws: Failure.self) {
      try log.publisher.publish(LeafSource(leaves), extending: kept, sign: log.key.sign)
    }
    #expect(failure?.cause == cause)
    #expect(log.files == before)
  }

  @Test func `a store smaller than what was published is refused by name`() throws {
    let log = try TestLog(9)
    try log.publish()
    expectRefusal("log-store-smaller", log, Array(log.leaves.prefix(8)))
    expectRefusal("log-store-smaller", log, [])
  }

  @Test func `a forked store is refused by name, also when it has grown`() throws {
    let log = try TestLog(9)
    try log.publish(5)
    for index in 0..<5 {
      var forked = log.leaves
      forked[index] = Data("{}".utf8)
      expectRefusal("log-forked", log, forked)
    }
    #expect(try log.publish().checkpoint.size == 9)
  }

  @Test func `a checkpoint kept elsewhere binds as well`() throws {
    let log = try TestLog(9)
    let kept = KeptCheckpoint(name: "kept.txt", note: try log.publish().note)
    try FileManager.default.removeItem(atPath: log.path)
    expectRefusal("log-store-smaller", log, Array(log.leaves.prefix(8)), kept: [kept])
    expectRefusal("log-forked", log, [Data("{}".utf8)] + log.leaves.dropFirst(), kept: [kept])
    let foreign = KeptCheckpoint(name: "kept.txt", note: kept.note.flipped(at: 3))
    expectRefusal("log-checkpoint-bad", log, log.leaves, kept: [foreign])
    #expect(try log.publisher.publish(LeafSource(log.leaves), extending: [kept], sign: log.key.sign).isNew)
  }

  @Test func `a damaged checkpoint is refused by name`() throws {
    let log = try TestLog(4)
    let note = try log.publish().note
    for offset in note.indices {
      try log.write(note.flipped(at: offset), to: "checkpoint")
      expectRefusal("log-checkpoint-bad", log, log.leaves)
    }
  }

  @Test func `tiles of another history without their checkpoint are refused`() throws {
    let log = try TestLog(6)
    try log.publish()
    try log.remove("checkpoint")
    expectRefusal("log-forked", log, [Data("{}".utf8)] + log.leaves.dropFirst())
    expectRefusal("log-store-smaller", log, Array(log.leaves.prefix(5)))
    #expect(try log.publish().isNew)
  }

  @Test func `the folder of another key is refused`() throws {
    let log = try TestLog(0)
    try log.publish()
    try log.remove("checkpoint")
    let other = try TestKey()
    let failure = #expect(throws: Failure.self) {
      try LogPublisher(folder: log.folder, key: other.verifier).publish(LeafSource(log.leaves), sign: other.sign)
    }
    #expect(failure?.cause == "log-checkpoint-bad")
  }

  @Test func `a hole in the store is refused by name`() throws {
    let log = try TestLog(8)
    try log.publish(4)
    let leaves = log.leaves
    let source = LeafSource(count: 8) { range in
      range.filter { $0 != 6 }.map { StoredEntry(index: $0, bytes: leaves[$0]) }
    }
    let before = log.files
    let failure = #expect(throws: Failure.self) { try log.publisher.publish(source, sign: log.key.sign) }
    #expect(failure?.cause == "log-entry-missing")
    #expect(log.files == before)
  }

  @Test func `an entry of 65535 bytes fits, a longer one does not`() throws {
    var log = try TestLog(0)
    log.leaves = [Data(repeating: 0x61, count: 65_535)]
    try log.publish()
    #expect(try log.verify().isVerified)
    expectRefusal("log-entry-missing", log, log.leaves + [Data(repeating: 0x61, count: 65_536)])
  }

  @Test func `a signer that fails leaves the folder as it was`() throws {
    let log = try TestLog(300)
    try log.publish(10)
    let before = log.files
    #expect(throws: Refusal.self) { try log.publisher.publish(LeafSource(log.leaves), sign: refuse) }
    #expect(log.files == before)
  }

  @Test func `a link in place of a file is replaced, not followed`() throws {
    let log = try TestLog(3)
    try log.publish()
    let outside = log.scratch.path + "/outside"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: outside))
    try log.remove("tile/0/000.p/3")
    try FileManager.default.createSymbolicLink(
      atPath: log.path + "/tile/0/000.p/3", withDestinationPath: outside)
    #expect(try !log.verify().isVerified)
    #expect(try log.publish().repaired == ["tile/0/000.p/3"])
    #expect(FileManager.default.contents(atPath: outside) == Data("mine".utf8))
    #expect(try log.verify().isVerified)
  }

  @Test func `a server gives the checkpoint and tiles and nothing else`() throws {
    let log = try TestLog(3)
    try log.publish()
    #expect(try log.folder.resource("checkpoint") == log.files["checkpoint"])
    #expect(try log.folder.resource("tile/0/000.p/3") == log.files["tile/0/000.p/3"])
    for name in ["vkey", "tile/0/000", "", "../outside", "tile/../checkpoint", "tile/0/000.p", "tile/0/000.p/3/"] {
      #expect(try log.folder.resource(name) == nil, "\(name)")
    }
  }
}
