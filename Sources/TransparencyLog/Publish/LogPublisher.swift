package import Foundation
internal import RotationCore

/// Derives the log's folder from the store's entries and signs its head. One process at a time may publish.
///
/// Order: tiles first, the checkpoint last, each by rename, so that whatever checkpoint is read has its tiles.
package struct LogPublisher: Sendable {
  package let folder: LogFolder
  package let key: VerifierKey

  package init(folder: LogFolder, key: VerifierKey) {
    self.folder = folder
    self.key = key
  }

  /// Brings the folder up to all of `leaves` and signs a checkpoint over them, unless the published one is it.
  ///
  /// The new checkpoint extends the published one and each of `remembered`: every old root is recomputed from the
  /// entries before `sign` is called. `sign` turns a text's bytes into the 64 bytes of an Ed25519 signature.
  ///
  /// Throws `Failure` with cause `log-store-smaller`, `log-forked`, `log-checkpoint-bad` or
  /// `log-entry-missing`, or what `sign` throws; then nothing in the folder has changed.
  package func publish(
    _ leaves: LeafSource, extending remembered: [KeptCheckpoint] = [], sign: (Data) throws -> Data
  ) throws -> Publication {
    for name in try folder.leftovers() { try folder.remove(name) }
    let published = try folder.checkpoint().map { KeptCheckpoint(name: "the published checkpoint", note: $0) }
    let heads = try (remembered + (published.map { [$0] } ?? [])).map { try Head($0, key: key) }
    let present = try PresentTiles(in: folder)
    let known = max(heads.map(\.checkpoint.size).max() ?? 0, present.all.map(\.entriesNeeded).max() ?? 0)
    guard leaves.count >= known else { throw Failure.logStoreSmaller(stored: leaves.count, published: known) }

    var keyFile = StagedFiles(in: folder)
    var tiles = StagedFiles(in: folder)
    var repaired = try stageKey(in: &keyFile, isPublished: published != nil)
    let root = try stageTiles(of: leaves, heads: heads, present: present, in: &tiles, repaired: &repaired)
    if published == nil, let tile = repaired.first(where: { $0 != LogFolder.keyName }) {
      throw Failure.logForked(at: leaves.count, by: "\(tile), beside which no checkpoint stands")
    }

    let next = Checkpoint(origin: key.name, size: leaves.count, root: root)
    if let published, heads.last?.checkpoint == next {
      try keyFile.commit()
      try tiles.commit()
      return Publication(checkpoint: next, note: published.note, isNew: false, repaired: repaired)
    }
    // The empty log's checkpoint goes before the first tile: tiles without one always mean that it was taken away.
    let empty = Checkpoint(origin: key.name, size: 0, root: .emptyRoot)
    let first = published == nil && next != empty ? try empty.note(signedBy: key, sign: sign) : nil
    let note = try next.note(signedBy: key, sign: sign)
    try keyFile.commit()
    if let first { try write(first) }
    try tiles.commit()
    try write(note)
    try removeSuperseded(present.all, at: leaves.count)
    return Publication(checkpoint: next, note: note, isNew: true, repaired: repaired)
  }

  private struct Head {
    let name: String
    let checkpoint: Checkpoint

    init(_ kept: KeptCheckpoint, key: VerifierKey) throws {
      name = kept.name
      do { checkpoint = try Checkpoint(note: kept.note, signedBy: key) } catch {
        throw Failure.logCheckpointBad(kept.name, because: error.summary)
      }
    }

    func check(_ builder: TileBuilder) throws {
      guard builder.count != checkpoint.size || builder.root == checkpoint.root else {
        throw Failure.logForked(at: checkpoint.size, by: name)
      }
    }
  }

  /// Stages every tile that is missing or differs, while every old root is recomputed. Returns the new root.
  private func stageTiles(
    of leaves: LeafSource, heads: [Head], present: PresentTiles, in staged: inout StagedFiles, repaired: inout [String]
  ) throws -> TreeHash {
    var builder = TileBuilder()
    var changed: [(name: String, bytes: Data, isRepair: Bool)] = []
    let compare = { (tile: Tile) in
      let differences = try present.differences(from: tile)
      changed += differences.map { ($0.path.name, $0.bytes, true) }
      if !present.has(tile.path) { changed.append((tile.path.name, tile.bytes, false)) }
    }
    func drain(_ staged: inout StagedFiles, _ repaired: inout [String]) throws {
      for file in changed {
        try staged.write(file.bytes, as: file.name)
        if file.isRepair { repaired.append(file.name) }
      }
      changed = []
    }
    for head in heads { try head.check(builder) }
    try leaves.forEach(in: 0..<leaves.count) { _, leaf in
      try builder.append(leaf, emit: compare)
      for head in heads { try head.check(builder) }
      try drain(&staged, &repaired)
    }
    try builder.finish(emit: compare)
    try drain(&staged, &repaired)
    return builder.root
  }

  private func stageKey(in staged: inout StagedFiles, isPublished: Bool) throws -> [String] {
    let line = Data((key.line + "\n").utf8)
    let old = try folder.read(LogFolder.keyName, limit: 4096)
    guard old != line else { return [] }
    if !isPublished, (try? folder.verifierKey()) != nil {
      throw Failure.logCheckpointBad("the log's folder", because: "its vkey is of another signing key")
    }
    try staged.write(line, as: LogFolder.keyName)
    return old == nil ? [] : [LogFolder.keyName]
  }

  private func write(_ note: Data) throws {
    var staged = StagedFiles(in: folder)
    try staged.write(note, as: LogFolder.checkpointName)
    try staged.commit()
  }

  /// Partial tiles go once the full one stands (allowed by tlog-tiles).
  private func removeSuperseded(_ paths: [TilePath], at size: Int) throws {
    for path in paths where !path.isFull && path.full.entriesNeeded <= size {
      try folder.remove(path.name)
      folder.removeIfEmpty(String(path.name[..<(path.name.lastIndex(of: "/") ?? path.name.endIndex)]))
    }
  }
}
