internal import Foundation
internal import RotationCore

/// Writes a log into a folder of its own that anybody can verify: the verifier key, the checkpoint, tiles, the entries
/// as JSON lines, a proof for each entry, and a README with the shell lines that check them all. There is no secret in it,
/// so everybody may read what is made: 0755/0644.
package struct LogExporter: Sendable {
  static let entriesName = "entries.jsonl"
  static let beyondName = "entries-beyond-checkpoint.jsonl"

  package let folder: LogFolder
  package let key: VerifierKey

  package init(folder: LogFolder, key: VerifierKey) {
    self.folder = folder
    self.key = key
  }

  /// Exports `leaves` as the published checkpoint signs them into `directory`, which is made, or is empty.
  ///
  /// Throws `Failure`: `refused` when there is no checkpoint yet or the directory holds something; `log-forked`,
  /// `log-store-smaller` or `log-entry-missing` when the entries are not what was signed.
  package func export(_ leaves: LeafSource, to directory: String) throws -> LogExport {
    guard let note = try folder.checkpoint() else { throw Failure.logEntryNotSigned(0, signed: 0) }
    let head = try Checkpoint(publishedNote: note, key: key)
    guard leaves.count >= head.size else {
      throw Failure.logStoreSmaller(stored: leaves.count, published: head.size)
    }
    var tree = CompactRange()
    try leaves.forEach(in: 0..<head.size) { _, leaf in tree.append(.leaf(leaf)) }
    guard tree.root == head.root else { throw Failure.logForked(at: head.size, by: "the published checkpoint") }

    try FileSystem.makeFolders(directory, for: .everyone)
    guard try FileSystem.list(directory).isEmpty else {
      throw Failure(.refused, "\(directory) is not an empty folder", remedy: ["name a folder that does not exist yet"])
    }
    let target = Target(path: directory)
    try target.writeTiles(of: leaves, size: head.size)
    try target.writeLines(of: leaves, in: 0..<head.size, as: Self.entriesName)
    try target.writeProofs(size: head.size, note: note)
    if leaves.count > head.size {
      try target.writeLines(of: leaves, in: head.size..<leaves.count, as: Self.beyondName)
    }
    try target.write(note, as: LogFolder.checkpointName)
    try target.write(Data((key.line + "\n").utf8), as: LogFolder.keyName)
    let beyond = leaves.count - head.size
    try target.write(Data(ExportReadme.text(of: head, key: key, beyond: beyond).utf8), as: "README.md")
    return LogExport(checkpoint: head, beyondCheckpoint: beyond)
  }

  private struct Target {
    let path: String

    func write(_ bytes: Data, as name: String) throws {
      let place = path + "/" + name
      try FileSystem.makeFolders(FileSystem.parent(of: place), for: .everyone)
      try FileSystem.create(place, holding: bytes, for: .everyone, durably: false)
    }

    func writeTiles(of leaves: LeafSource, size: Int) throws {
      var builder = TileBuilder()
      let emit = { (tile: Tile) in try write(tile.bytes, as: tile.path.name) }
      try leaves.forEach(in: 0..<size) { _, leaf in try builder.append(leaf, emit: emit) }
      try builder.finish(emit: emit)
    }

    func writeLines(of leaves: LeafSource, in range: Range<Int>, as name: String) throws {
      var file = try OutputFile(creating: path + "/" + name, for: .everyone)
      var lines = Data()
      try leaves.forEach(in: range) { index, leaf in
        guard leaf.allSatisfy({ $0 >= 0x20 }) else {
          throw Failure(.stateDamaged, "log entry \(index) is not JSON in one line, and cannot be exported as such")
        }
        lines.append(leaf)
        lines.append(0x0A)
        if lines.count > 1 << 20 {
          try file.append(lines)
          lines = Data()
        }
      }
      try file.append(lines)
      try file.finish(durably: false)
    }

    func writeProofs(size: Int, note: Data) throws {
      var reader = TileReader(LogFolder(path: path), size: size)
      for index in 0..<size {
        let hashes = try MerkleProof.inclusion(of: index, in: size, from: &reader)
        let proof = TLogProof(index: index, hashes: hashes, checkpoint: note)
        try write(Data(proof.text.utf8), as: "proofs/\(index).tlog-proof")
      }
    }
  }
}
