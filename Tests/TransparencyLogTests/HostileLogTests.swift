import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import TransparencyLog

/// Whoever may write into an exported folder, or hands over a checkpoint or a proof, chooses every byte of it.
@Suite(.timeLimit(.minutes(5))) struct HostileLogTests {
  private static let splices = [
    "\n", "\n\n", "— ", "\u{2014}", " ", "+", "/", "=", "0", "-1", "00", "9223372036854775808", "999999999999999999999",
    "c2sp.org/tlog-proof@v1\n", "index ", "extra ", "\r\n", "\u{0}", "é", "AAAA",
  ]

  @Test func `no damage of a note, a key, a checkpoint or a proof traps or passes`() throws {
    let log = try TestLog(40)
    let published = try log.publish()
    let key = log.key.verifier
    let prover = LogProver(folder: log.folder, key: key)
    let proof = Data(try prover.prove(7, in: LeafSource(log.leaves)).text.utf8)
    let hostile = Hostile([published.note, proof, Data(key.description.utf8)], splices: Self.splices)
    var (inputs, refused) = (0, 0)
    hostile.each { bytes in
      // Each is read as a checkpoint and as a proof.
      inputs += 2
      do throws(Failure) {
        let checkpoint = try Checkpoint(note: bytes, signedBy: key)
        #expect(checkpoint == published.checkpoint)
      } catch { refused += 1 }
      do throws(Failure) {
        let read = try TLogProof(parsing: bytes)
        #expect(try read.verify(leaf: log.leaves[7], key: key) == published.checkpoint)
      } catch { refused += 1 }
      _ = try? SignedNote(parsing: bytes)
      _ = try? VerifierKey(parsing: String(decoding: bytes, as: UTF8.self))
      _ = TilePath(String(decoding: bytes, as: UTF8.self))
    }
    #expect(refused > Hostile.cases)
    Hostile.tell("notes and proofs", inputs: inputs, refused: refused)
  }

  @Test func `a bundle of any bytes is cut into entries of these bytes alone`() throws {
    let log = try TestLog(40)
    try log.publish()
    let bundle = log.leaves.reduce(into: Data()) {
      $0.append(contentsOf: [UInt8($1.count >> 8), UInt8($1.count & 255)])
      $0.append($1)
    }
    var inputs = 0
    Hostile([bundle], splices: ["\u{0}", "\u{7F}\u{7F}", "~~~~"]).each { bytes in
      inputs += 1
      let entries = EntryBundle.entries(in: bytes)
      #expect(entries.reduce(0) { $0 + $1.count + 2 } <= bytes.count + 1)
    }
    Hostile.tell("entry bundles", inputs: inputs, refused: 0)
  }

  @Test func `a folder with any file damaged verifies as it was, or is reported`() throws {
    let log = try TestLog(300)
    let published = try log.publish()
    let verifier = LogVerifier(folder: log.folder, key: log.key.verifier)
    let files = try FileManager.default.subpathsOfDirectory(atPath: log.folder.path).sorted()
      .map { log.folder.path + "/" + $0 }.filter { !isFolder($0) }
    var chance = SeededChance(3)
    var (inputs, reported) = (0, 0)
    for _ in 0..<min(Hostile.cases / 10, 2_000) {
      let path = try #require(files.randomElement(using: &chance))
      let original = try Data(contentsOf: URL(filePath: path))
      let damaged = Hostile([original], splices: Self.splices).next(&chance)
      guard damaged != original else { continue }
      inputs += 1
      try damaged.write(to: URL(filePath: path))
      defer { try? original.write(to: URL(filePath: path)) }
      guard let report = try? verifier.verify(LeafSource(log.leaves)) else {
        reported += 1
        continue
      }
      #expect(!report.isVerified || report.checkpoint == published.checkpoint, "\(path)")
      if !report.isVerified { reported += 1 }
    }
    #expect(reported > 0)
    Hostile.tell("log folders", inputs: inputs, refused: reported)
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
