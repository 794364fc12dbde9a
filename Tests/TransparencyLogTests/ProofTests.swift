import Foundation
import RotationCore
import Testing
import TransparencyLog

@Suite struct ProofTests {
  private func prover(_ log: TestLog) -> LogProver { LogProver(folder: log.folder, key: log.key.verifier) }

  @Test func `each entry has a proof that verifies, and for itself alone`() throws {
    let log = try TestLog(11)
    let head = try log.publish().checkpoint
    for index in log.leaves.indices {
      let proof = try prover(log).prove(index, in: LeafSource(log.leaves))
      #expect(try TLogProof(parsing: Data(proof.text.utf8)) == proof)
      #expect(try proof.verify(leaf: log.leaves[index], key: log.key.verifier) == head)
      #expect(throws: Failure.self) {
        try proof.verify(leaf: log.leaves[(index + 1) % 11], key: log.key.verifier)
      }
    }
  }

  @Test func `the text is that of the specification`() throws {
    let log = try TestLog(2)
    let note = try log.publish().note
    let text = try prover(log).prove(1, in: LeafSource(log.leaves)).text
    let sibling = TreeHash.leaf(log.leaves[0]).base64
    #expect(text == "c2sp.org/tlog-proof@v1\nindex 1\n\(sibling)\n\n" + String(decoding: note, as: UTF8.self))
  }

  @Test func `no byte of a proof can be changed`() throws {
    let log = try TestLog(5)
    try log.publish()
    let text = Data(try prover(log).prove(2, in: LeafSource(log.leaves)).text.utf8)
    for offset in text.indices {
      for mask: UInt8 in [0x01, 0x20] {
        #expect(throws: Failure.self, "byte \(offset)") {
          try TLogProof(parsing: text.flipped(at: offset, mask: mask))
            .verify(leaf: log.leaves[2], key: log.key.verifier)
        }
      }
    }
  }

  @Test func `extra data is carried and proves nothing`() throws {
    let proof = TLogProof(index: 0, hashes: [], checkpoint: Data("a\n0\nb\n\n".utf8), extra: Data("seen".utf8))
    #expect(proof.text.hasPrefix("c2sp.org/tlog-proof@v1\nextra c2Vlbg==\nindex 0\n\na\n"))
    #expect(try TLogProof(parsing: Data(proof.text.utf8)) == proof)
  }

  @Test(arguments: [
    "", "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", "c2sp.org/tlog-proof@v1\n\nx\n",
    "c2sp.org/tlog-proof@v1\nindex 00\n\nx\n",
    "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 0\nAA==\n\nx\n",
    "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==\n\nx\n", "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nx\n",
  ])
  func `what is not a proof is refused`(_ text: String) {
    #expect(throws: Failure.self) { try TLogProof(parsing: Data(text.utf8)) }
  }

  @Test func `an entry beyond the checkpoint, or beyond the log, is refused with the reason`() throws {
    let log = try TestLog(5)
    let leaves = LeafSource(log.leaves)
    #expect(#expect(throws: Failure.self) { try prover(log).prove(0, in: leaves) }?.cause == "log-entry-not-signed")
    try log.publish(3)
    let beyond = #expect(throws: Failure.self) { try prover(log).prove(3, in: leaves) }
    #expect(beyond?.cause == "log-entry-not-signed" && beyond?.code == .refused)
    for index in [5, -1, .max] {
      #expect(#expect(throws: Failure.self) { try prover(log).prove(index, in: leaves) }?.code == .inputInvalid)
    }
  }

  @Test func `a changed store proves nothing`() throws {
    var log = try TestLog(5)
    try log.publish()
    log.leaves[4] = Data("{}".utf8)
    for index in 0..<5 {
      let failure = #expect(throws: Failure.self) { try prover(log).prove(index, in: LeafSource(log.leaves)) }
      #expect(failure?.cause == "log-forked")
    }
  }
}
