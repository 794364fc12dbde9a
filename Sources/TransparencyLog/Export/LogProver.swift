internal import Foundation
internal import RotationCore

/// Makes the proof that one entry stands in the log that the published checkpoint signs.
package struct LogProver: Sendable {
  package let folder: LogFolder
  package let key: VerifierKey

  package init(folder: LogFolder, key: VerifierKey) {
    self.folder = folder
    self.key = key
  }

  /// The proof, checked before it is returned. Throws `Failure`: `log-entry-not-signed` for an entry beyond the
  /// checkpoint, `log-forked` or `log-entry-missing` where the store is not what was signed.
  package func prove(_ index: Int, in leaves: LeafSource) throws -> TLogProof {
    guard let note = try folder.checkpoint() else { throw Failure.logEntryNotSigned(index, signed: 0) }
    let head = try Checkpoint(publishedNote: note, key: key)
    guard (0..<max(leaves.count, head.size)).contains(index) else {
      throw Failure(.inputInvalid, "the log has no entry \(index): it has \(leaves.count), counted from 0")
    }
    guard index < head.size else { throw Failure.logEntryNotSigned(index, signed: head.size) }
    var reader = LeafHashReader(leaves)
    let hashes = try MerkleProof.inclusion(of: index, in: head.size, from: &reader)
    let proof = TLogProof(index: index, hashes: hashes, checkpoint: note)
    do { try proof.verify(leaf: try leaves.leaf(at: index), key: key) } catch let failure as Failure
      where failure.code == .verificationFailed
    {
      throw Failure.logForked(at: head.size, by: "the published checkpoint")
    }
    return proof
  }
}

extension Checkpoint {
  /// The folder's own checkpoint; `log-checkpoint-bad` when its signature does not hold.
  init(publishedNote note: Data, key: VerifierKey) throws(Failure) {
    do { try self.init(note: note, signedBy: key) } catch {
      throw .logCheckpointBad("the published checkpoint", because: error.summary)
    }
  }
}
