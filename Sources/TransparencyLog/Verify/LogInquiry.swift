internal import Foundation
internal import RotationCore

/// One verification, from the reading of the heads to the report.
struct LogInquiry {
  private struct Head {
    let name: String
    let checkpoint: Checkpoint
    var size: Int { checkpoint.size }
  }

  private let folder: LogFolder
  let tiles: PresentTiles
  private var published: Checkpoint?
  private var kept: [Head] = []
  /// Found before the entries were read; they concern the first entry that nothing else vouches for.
  private var troubles: [(kind: LogDamage.Kind, file: String?, explanation: String)] = []
  private var damages: [LogDamage] = []
  private var trusted = 0

  init(folder: LogFolder, key: VerifierKey, kept notes: [KeptCheckpoint]) throws {
    self.folder = folder
    let note = try folder.checkpoint()
    tiles = try PresentTiles(in: folder)
    if let note {
      do { published = try Checkpoint(note: note, signedBy: key) } catch {
        troubles.append((.signature, LogFolder.checkpointName, error.summary))
      }
    } else if !tiles.all.isEmpty || !notes.isEmpty {
      troubles.append(
        (.missing, LogFolder.checkpointName, "no checkpoint stands in the log's folder, but one was signed"))
    }
    if let line = try folder.read(LogFolder.keyName, limit: 4096) {
      if line != Data((key.line + "\n").utf8) {
        troubles.append((.signature, LogFolder.keyName, "the vkey is not the log's verifier key"))
      }
    } else if note != nil || !tiles.all.isEmpty {
      troubles.append((.missing, LogFolder.keyName, "the verifier key no longer stands in the log's folder"))
    }
    for note in notes {
      do { kept.append(Head(name: note.name, checkpoint: try Checkpoint(note: note.note, signedBy: key))) } catch {
        troubles.append((.signature, nil, "\(note.name): \(error.summary)"))
      }
    }
  }

  mutating func report(on leaves: LeafSource) throws -> LogReport {
    let sizes = Set(kept.map(\.size) + (published.map { [$0.size] } ?? []))
    let store = try Recomputation(of: leaves, sizes: sizes, comparing: tiles)
    for head in kept where store.has(head.checkpoint) { trusted = max(trusted, head.checkpoint.size) }
    if let published {
      if store.has(published) {
        trusted = max(trusted, published.size)
        judgeFiles(store.differences, against: published, end: store.end, isSigned: true)
        judgeEnd(of: leaves, store)
        judgeKept(store, leaves)
      } else {
        try judgeStore(leaves, store, sizes: sizes, published: published)
      }
    } else {
      judgeFiles(store.differences, against: nil, end: store.end, isSigned: false)
      judgeEnd(of: leaves, store)
      judgeKept(store, leaves)
    }
    let doubtful = trusted < leaves.count ? trusted : nil
    damages += troubles.map { LogDamage($0.kind, entry: doubtful, file: $0.file, $0.explanation) }
    damages.sort { ($0.entry ?? .max, $0.file ?? "") < ($1.entry ?? .max, $1.file ?? "") }
    return LogReport(
      entries: leaves.count, root: store.root, checkpoint: published,
      beyondCheckpoint: max(0, leaves.count - (published?.size ?? trusted)), trusted: 0..<trusted, damages: damages)
  }

  /// The entries are what was signed, or nothing was: every file must follow from them.
  private mutating func judgeFiles(
    _ differences: [PresentTiles.Difference], against head: Checkpoint?, end: Int, isSigned: Bool
  ) {
    let verdict =
      isSigned
      ? "the entries themselves are as they were signed; the file can be rebuilt from them"
      : "the file and the entries differ, and no signature tells which was changed"
    damages += differences.map { LogDamage(.changed, entry: $0.entry, file: $0.path.name, verdict) }
    for path in TilePath.all(for: head?.size ?? 0) where !tiles.has(path) && !tiles.has(path.full) {
      damages.append(LogDamage(.missing, entry: path.firstEntry(of: 0), file: path.name, verdict))
    }
    if let path = tiles.all.max(by: { $0.entriesNeeded < $1.entriesNeeded }), path.entriesNeeded > end {
      damages.append(
        LogDamage(
          .truncated, entry: end, file: path.name,
          "the file spans \(path.entriesNeeded) entries, of which the first \(end) are there"))
    }
  }

  private mutating func judgeEnd(of leaves: LeafSource, _ store: Recomputation) {
    guard store.end < leaves.count else { return }
    damages.append(LogDamage(.missing, entry: store.end, "entry \(store.end) is missing or cannot be read"))
  }

  /// Checkpoints kept elsewhere, where the entries are what the published one signs, or where there is none.
  private mutating func judgeKept(_ tree: Recomputation, _ leaves: LeafSource) {
    for head in kept where !tree.has(head.checkpoint) {
      let size = head.checkpoint.size
      if size > tree.end {
        damages.append(
          LogDamage(.truncated, entry: tree.end, "\(head.name) signs \(size) entries, of which \(tree.end) are there"))
      } else {
        damages.append(
          LogDamage(.forked, entry: keptBelow(size, in: tree), "\(head.name) signs another history of \(size) entries"))
      }
    }
    guard let published, let newest = kept.filter({ tree.has($0.checkpoint) }).max(by: { $0.size < $1.size }),
      newest.size > published.size
    else { return }
    damages.append(
      LogDamage(
        .truncated, entry: published.size, file: LogFolder.checkpointName,
        "the published checkpoint signs \(published.size) entries, \(newest.name) already \(newest.size)"))
  }

  private func keptBelow(_ size: Int, in tree: Recomputation) -> Int {
    kept.filter { tree.has($0.checkpoint) && $0.size < size }.map(\.size).max() ?? 0
  }

  /// The entries are not what was signed. The folder may still know what was.
  private mutating func judgeStore(
    _ leaves: LeafSource, _ store: Recomputation, sizes: Set<Int>, published: Checkpoint
  ) throws {
    let files = FolderLeaves(folder, size: published.size)
    let hashes = try Recomputation(ofHashesIn: files, sizes: sizes)
    let entries = try Recomputation(of: files.entries, sizes: sizes, comparing: tiles)
    let comparison: LeafComparison
    if hashes.has(published) {
      comparison = LeafComparison(store: leaves, authentic: files.forEachHash, size: published.size)
    } else if entries.has(published) {
      comparison = LeafComparison(store: leaves, authentic: files.forEachEntryHash, size: published.size)
    } else {
      return judgeWithoutWitness(leaves, store, published)
    }
    if let departure = try comparison.departure() {
      trusted = max(trusted, departure.entry)
      damages.append(
        LogDamage(
          departure.kind, entry: departure.entry,
          explain(departure, leaves, published, isBundled: entries.has(published))))
    }
    if entries.has(published) {
      judgeFiles(entries.differences, against: published, end: .max, isSigned: true)
    } else {
      let bundles = LeafComparison(store: files.entries, authentic: files.forEachHash, size: published.size)
      let entry = try bundles.departure()?.entry ?? 0
      let path = TilePath(.entries, index: entry / TilePath.fullWidth)
      damages.append(LogDamage(.changed, entry: entry, file: path.name, "the bundle does not hold what was signed"))
    }
    let signed = hashes.has(published) ? hashes : entries
    for head in kept where head.size <= published.size && !signed.has(head.checkpoint) {
      damages.append(
        LogDamage(.forked, entry: 0, "\(head.name) signs another history than the published checkpoint"))
    }
  }

  private mutating func judgeWithoutWitness(_ leaves: LeafSource, _ store: Recomputation, _ published: Checkpoint) {
    let differing = store.differences.map(\.entry).min()
    if store.end < published.size {
      damages.append(
        LogDamage(
          store.end < leaves.count ? .missing : .truncated, entry: min(store.end, differing ?? .max),
          "\(published.size) entries were signed, \(store.end) can be read, and the tiles do not show what they were"))
    } else if let differing {
      damages.append(
        LogDamage(
          .changed, entry: differing,
          "neither the entries nor the tiles are what the checkpoint signs; they first "
            + "differ from each other at entry \(differing)"))
    } else {
      damages.append(
        LogDamage(
          .forked, entry: trusted,
          "the entries and the tiles agree, but the checkpoint signs another history of "
            + "\(published.size) entries"))
    }
    judgeKept(store, leaves)
  }

  private func explain(
    _ departure: LeafComparison.Departure, _ leaves: LeafSource, _ head: Checkpoint, isBundled: Bool
  ) -> String {
    let entry = departure.entry
    let what =
      switch departure.kind {
      case .missing: "entry \(entry) was logged and is missing"
      case .inserted: "entry \(entry) stands where another was logged, which follows later"
      case .reordered: "entry \(entry) was logged in another place"
      case .truncated: "\(head.size) entries were signed, \(leaves.count) are there"
      case .changed, .forked, .signature: "entry \(entry) is not what was logged"
      }
    return what + (isBundled ? "; tile/entries still holds what was logged" : "; the hash tiles still prove it")
  }
}
