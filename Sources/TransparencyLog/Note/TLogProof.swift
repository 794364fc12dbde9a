package import Foundation
internal import Primitives
package import RotationCore

/// One entry's inclusion, with the checkpoint that vouches for it, as text (c2sp.org/tlog-proof).
package struct TLogProof: Hashable, Sendable {
  private static let header = "c2sp.org/tlog-proof@v1"

  /// Opaque and never authenticated.
  package let extra: Data?
  /// From 0.
  package let index: Int
  /// From the leaf's sibling to the root's child.
  package let hashes: [TreeHash]
  /// The signed note, byte for byte.
  package let checkpoint: Data

  package init(index: Int, hashes: [TreeHash], checkpoint: Data, extra: Data? = nil) {
    self.extra = extra
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  package init(parsing bytes: Data) throws(Failure) {
    guard let gap = bytes.firstRange(of: Data("\n\n".utf8)),
      let head = String(validating: bytes[..<gap.lowerBound], as: UTF8.self)
    else { throw Self.malformed("no blank line before the checkpoint") }
    var lines = head.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }[...]
    guard lines.popFirst().map(String.init) == Self.header else { throw Self.malformed("another first line") }
    extra = try Self.field("extra ", in: &lines).map { (text) throws(Failure) -> Data in
      guard let data = Base64.decode(String(text)) else { throw Self.malformed("its extra data is not base64") }
      return data
    }
    guard let index = Self.field("index ", in: &lines).flatMap({ Int(strictDecimal: $0) }) else {
      throw Self.malformed("no index")
    }
    self.index = index
    var hashes: [TreeHash] = []
    for line in lines {
      guard let hash = TreeHash(base64: line), hashes.count < 64 else {
        throw Self.malformed("a line is not a hash")
      }
      hashes.append(hash)
    }
    self.hashes = hashes
    checkpoint = Data(bytes[gap.upperBound...])
  }

  package var text: String {
    var lines = [Self.header]
    if let extra { lines.append("extra \(Base64.encode(extra))") }
    lines.append("index \(index)")
    lines += hashes.map(\.base64)
    return lines.joined(separator: "\n") + "\n\n" + String(decoding: checkpoint, as: UTF8.self)
  }

  /// Returns the checkpoint when `key` signed it and `leaf` stands at `index` in its tree.
  @discardableResult
  package func verify(leaf: Data, key: VerifierKey) throws(Failure) -> Checkpoint {
    let head = try Checkpoint(note: checkpoint, signedBy: key)
    guard
      MerkleProof.verifyInclusion(of: .leaf(leaf), at: index, in: head.size, root: head.root, proof: hashes)
    else { throw Failure(.verificationFailed, "the entry is not at \(index) in the log that the checkpoint signs") }
    return head
  }

  private static func field(_ name: String, in lines: inout ArraySlice<Substring>) -> Substring? {
    guard let line = lines.first, line.utf8.starts(with: name.utf8) else { return nil }
    lines.removeFirst()
    return Substring(line.utf8.dropFirst(name.utf8.count))
  }

  private static func malformed(_ reason: String) -> Failure { Failure(.inputInvalid, "not a tlog-proof: \(reason)") }
}
