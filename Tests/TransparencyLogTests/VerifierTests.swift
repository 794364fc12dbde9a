import Foundation
import RotationCore
import Testing
import TransparencyLog

@Suite struct VerifierTests {
  private static let key = Result { try TestKey() }

  private func log(_ count: Int) throws -> TestLog { try TestLog(count, key: try Self.key.get()) }

  private func kinds(_ report: LogReport) -> [LogDamage.Kind] { report.damages.map(\.kind) }

  @Test(arguments: [0, 1, 2, 255, 256, 257, 600])
  func `an untouched log verifies`(_ size: Int) throws {
    let log = try log(size)
    let head = try log.publish().checkpoint
    for report in [try log.verify(), try log.verifier.verifyFolder()] {
      #expect(report.isVerified, "\(report.damages)")
      #expect(report.entries == size && report.root == head.root && report.checkpoint == head)
      #expect(report.trusted == 0..<size && report.firstBad == nil && report.beyondCheckpoint == 0)
    }
  }

  @Test func `entries beyond the checkpoint are counted, not vouched for`() throws {
    let log = try log(9)
    try log.publish(6)
    let report = try log.verify()
    #expect(report.isVerified && report.entries == 9 && report.beyondCheckpoint == 3 && report.trusted == 0..<6)
  }

  @Test func `a log that was never signed has nothing to hold it against`() throws {
    let report = try log(4).verify()
    #expect(report.isVerified && report.beyondCheckpoint == 4 && report.trusted.isEmpty && report.checkpoint == nil)
  }

  @Test func `the JSON has the members of the contract`() throws {
    var log = try log(3)
    try log.publish()
    let good = try log.verify()
    #expect(good.json["schema"] == "keyturn.audit/v1" && good.json["entries"] == 3)
    #expect(good.json["verified"] == true && good.json["first_bad"] == .null && good.json["beyond_checkpoint"] == 0)
    #expect(good.json["root"] == .string(good.root.base64))
    log.leaves[1] = Data("{}".utf8)
    let bad = try log.verify().json
    #expect(bad["verified"] == false && bad["first_bad"] == 1 && bad["trusted"] == 1)
    #expect(bad["damages"]?.array?.first?["kind"] == "changed")
  }

  @Test func `every changed byte of every file is reported`() throws {
    var log = try log(0)
    log.leaves = (0..<4).map { Data("{\"n\":\($0)}".utf8) }
    try log.publish(2)
    try log.publish()
    let (store, verifier) = (LeafSource(log.leaves), log.verifier)
    let files = log.files
    #expect(files.count == 6)
    for (name, bytes) in files {
      let isText = name == "checkpoint" || name == "vkey"
      for offset in bytes.indices {
        for mask: UInt8 in isText ? [0x01, 0x20] : [0x01] {
          try log.write(bytes.flipped(at: offset, mask: mask), to: name)
          let report = try verifier.verify(store)
          #expect(report.damages.map(\.file) == [name], "\(name) at \(offset)")
          #expect(report.trusted == (name == "checkpoint" ? 0..<0 : 0..<4))
          #expect((report.firstBad == nil) == (name == "vkey"))
        }
      }
      try log.write(bytes, to: name)
    }
    #expect(try log.verify().isVerified)
  }

  @Test func `every changed byte of a folder without its store is reported`() throws {
    let log = try log(3)
    try log.publish()
    for (name, bytes) in log.files {
      for offset in bytes.indices {
        try log.write(bytes.flipped(at: offset), to: name)
        #expect(try !log.verifier.verifyFolder().isVerified, "\(name) at \(offset)")
      }
      try log.write(bytes, to: name)
    }
  }

  @Test func `every changed byte of every entry is reported at its entry`() throws {
    let log = try log(5)
    try log.publish()
    for (index, leaf) in log.leaves.enumerated() {
      for offset in leaf.indices {
        var changed = log.leaves
        changed[index] = leaf.flipped(at: offset)
        let report = try log.verifier.verify(LeafSource(changed))
        #expect(report.firstBad == index && kinds(report) == [.changed] && report.trusted == 0..<index)
      }
    }
  }

  @Test func `a file cut short, emptied or taken away is reported by name`() throws {
    let log = try log(300)
    try log.publish()
    for (name, bytes) in log.files {
      for rest in [bytes.dropLast(), Data()] {
        try log.write(rest, to: name)
        #expect(try log.verify().damages.contains { $0.file == name }, "\(name)")
      }
      try log.remove(name)
      let gone = try log.verify()
      #expect(gone.damages.map(\.file) == [name] && kinds(gone) == [.missing], "\(name)")
      try log.write(bytes, to: name)
    }
  }

  @Test(arguments: [0, 3, 255, 256, 299])
  func `a damaged store is told apart by what happened to it`(_ index: Int) throws {
    var log = try log(300)
    try log.publish()
    let leaves = log.leaves
    func expect(_ kind: LogDamage.Kind) throws {
      let report = try log.verify()
      #expect(kinds(report) == [kind] && report.firstBad == index && report.trusted == 0..<index, "\(report.damages)")
    }
    log.leaves[index] = Data("{}".utf8)
    try expect(.changed)
    log.leaves = leaves
    log.leaves.insert(Data("{}".utf8), at: index)
    try expect(.inserted)
    log.leaves = Array(leaves.prefix(index))
    try expect(.truncated)
    guard index < 299 else { return }
    log.leaves = leaves
    log.leaves.remove(at: index)
    try expect(.missing)
    log.leaves = leaves
    log.leaves.swapAt(index, index + 1)
    try expect(.reordered)
    log.leaves = leaves
    log.leaves.swapAt(index, 298 + (index == 298 ? 1 : 0))
    try expect(.reordered)
  }

  @Test func `a hole in the store's numbers is a missing entry`() throws {
    let log = try log(8)
    try log.publish()
    let leaves = log.leaves
    let source = LeafSource(count: 7) { range in
      (0..<8).filter { $0 != 5 && range.contains($0) }.map { StoredEntry(index: $0, bytes: leaves[$0]) }
    }
    let report = try log.verifier.verify(source)
    #expect(kinds(report) == [.missing] && report.firstBad == 5 && report.trusted == 0..<5)
  }

  @Test func `entries and tiles rewritten together are a fork of what was signed`() throws {
    var log = try log(5)
    let signed = try log.publish().note
    try FileManager.default.removeItem(atPath: log.path)
    log.leaves[2] = Data("{}".utf8)
    try log.publish()
    #expect(try log.verify().isVerified)
    try log.write(signed, to: "checkpoint")
    let report = try log.verify()
    #expect(kinds(report) == [.forked] && report.trusted.isEmpty && report.firstBad == 0)
  }

  @Test func `a kept checkpoint shows a rewritten log, and what of it still stands`() throws {
    var log = try log(6)
    let early = KeptCheckpoint(name: "early", note: try log.publish(2).note)
    let late = KeptCheckpoint(name: "late", note: try log.publish().note)
    #expect(try log.verify(kept: [early, late]).isVerified)
    try FileManager.default.removeItem(atPath: log.path)
    log.leaves[3] = Data("{}".utf8)
    try log.publish()
    #expect(try log.verify().isVerified)
    #expect(try log.verify(kept: [early]).isVerified)
    let report = try log.verify(kept: [early, late])
    #expect(kinds(report) == [.forked] && report.firstBad == 2)
    #expect(report.damages.first?.explanation.contains("late") == true)
  }

  @Test func `a kept checkpoint shows a log that was set back`() throws {
    var log = try log(6)
    let early = try log.publish(4).note
    let kept = KeptCheckpoint(name: "kept", note: try log.publish().note)
    try log.write(early, to: "checkpoint")
    let older = try log.verify(kept: [kept])
    #expect(kinds(older) == [.truncated] && older.damages.first?.file == "checkpoint" && older.trusted == 0..<6)
    try FileManager.default.removeItem(atPath: log.path)
    log.leaves = Array(log.leaves.prefix(4))
    try log.publish()
    let shorter = try log.verify(kept: [kept])
    #expect(kinds(shorter) == [.truncated] && shorter.firstBad == 4)
    try FileManager.default.removeItem(atPath: log.path)
    #expect(try log.verify(kept: [kept]).damages.contains { $0.kind == .missing && $0.file == "checkpoint" })
  }

  @Test func `a kept checkpoint of another key is a bad signature`() throws {
    let log = try log(3)
    let kept = KeptCheckpoint(name: "kept", note: try log.publish().note)
    let other = try TestKey()
    let report = try LogVerifier(folder: log.folder, key: other.verifier).verify(LeafSource(log.leaves), kept: [kept])
    #expect(report.damages.allSatisfy { $0.kind == .signature } && report.damages.count == 3)
    #expect(report.trusted.isEmpty)
  }

  @Test func `a store and a tile damaged at once still have a first bad entry`() throws {
    var log = try log(300)
    try log.publish()
    let tile = try #require(log.files["tile/0/000"])
    try log.write(tile.flipped(at: 10 * 32), to: "tile/0/000")
    log.leaves[20] = Data("{}".utf8)
    let witnessed = try log.verify()
    #expect(witnessed.damages.contains { $0.kind == .changed && $0.file == nil && $0.entry == 20 })
    #expect(witnessed.damages.contains { $0.file == "tile/0/000" && $0.entry == 10 })
    #expect(witnessed.trusted == 0..<20)
    let bundle = try #require(log.files["tile/entries/000"])
    try log.write(bundle.flipped(at: 5), to: "tile/entries/000")
    let alone = try log.verify()
    #expect(!alone.isVerified && alone.trusted.isEmpty && alone.firstBad == 0)
  }

  @Test func `tiles that span more than the store are a truncated store`() throws {
    var log = try log(9)
    let early = try log.publish(5).note
    try log.publish()
    try log.write(early, to: "checkpoint")
    log.leaves = Array(log.leaves.prefix(5))
    let report = try log.verify()
    #expect(kinds(report) == [.truncated] && report.firstBad == 5 && report.trusted == 0..<5)
  }

  @Test func `a log that grows while it is verified is not damaged`() throws {
    let log = try log(300)
    try log.publish(100)
    let report = try log.verifier.verify(
      {
        try log.publish(280)
        return LeafSource(Array(log.leaves.prefix(290)))
      }())
    #expect(report.isVerified && report.entries == 290, "\(report.damages)")
  }

  @Test func `a pipe planted in the place of a tile is damage, and holds nobody up`() throws {
    let log = try log(2)
    try log.publish()
    try log.remove("tile/0/000.p/2")
    #expect(try Child.run("mkfifo", "tile/0/000.p/2", in: log.path).status == 0)
    #expect(try log.verify().damages.map(\.file) == ["tile/0/000.p/2"])
  }

  @Test func `a crash before the checkpoint leaves a log that verifies and goes on`() throws {
    let log = try log(300)
    let early = try log.publish(200).note
    try log.publish(250)
    try log.write(early, to: "checkpoint")
    #expect(try log.verify().isVerified)
    #expect(try log.publish().repaired.isEmpty)
    #expect(try log.verify().isVerified)
  }
}
