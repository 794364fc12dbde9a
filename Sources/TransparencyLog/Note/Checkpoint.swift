package import Foundation
package import RotationCore

/// A tree head as a note's text (c2sp.org/tlog-checkpoint): origin, size, root. No extension lines.
package struct Checkpoint: Hashable, Sendable {
  package let origin: String
  /// Number of leaves.
  package let size: Int
  package let root: TreeHash

  package init(origin: String, size: Int, root: TreeHash) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  package init(text: String) throws(Failure) {
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
    guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty, let size = Int(strictDecimal: lines[1]),
      let root = TreeHash(base64: lines[2])
    else { throw Failure(.inputInvalid, "not a checkpoint of the three lines origin, size and root") }
    self.init(origin: String(lines[0]), size: size, root: root)
  }

  /// Reads a checkpoint that `key` signed for the log of its own name.
  package init(note bytes: Data, signedBy key: VerifierKey) throws(Failure) {
    let note = try SignedNote(parsing: bytes)
    try note.verify(by: key)
    try self.init(text: note.text)
    guard origin.utf8.elementsEqual(key.name.utf8) else {
      throw Failure(.inputInvalid, "the checkpoint is of the log \(origin), not of \(key.name)")
    }
  }

  package var text: String { "\(origin)\n\(size)\n\(root.base64)\n" }

  /// The signed note. `sign` turns the text's bytes into the 64 bytes of an Ed25519 signature, which is checked here.
  package func note(signedBy key: VerifierKey, sign: (Data) throws -> Data) throws -> Data {
    let signature = SignedNote.Signature(name: key.name, keyID: key.keyID, bytes: try sign(Data(text.utf8)))
    let note = SignedNote(text: text, signatures: [signature])
    do { try note.verify(by: key) } catch {
      throw Failure(
        .keyUnusable, "the log's signing key does not belong to its verifier key \(key.line)",
        remedy: ["nothing was published; unseal the signing key that this state was made with"])
    }
    return note.bytes
  }
}
