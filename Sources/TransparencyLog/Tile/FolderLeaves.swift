internal import Foundation
internal import RotationCore

/// The entries and leaf hashes that a log's folder itself holds, as far as they can be read.
struct FolderLeaves {
  private let folder: LogFolder
  let size: Int

  /// Up to `size` leaves; of a bundle or tile that is no longer partial, the full one's beginning serves as well.
  init(_ folder: LogFolder, size: Int) {
    self.folder = folder
    self.size = size
  }

  /// The entries of the bundles. A bundle that is missing or cut off ends them there.
  var entries: LeafSource {
    let (folder, size) = (folder, size)
    return LeafSource(count: size) { range in
      var found: [StoredEntry] = []
      for index in (range.lowerBound / TilePath.fullWidth)...((range.upperBound - 1) / TilePath.fullWidth) {
        let first = index * TilePath.fullWidth
        let bundle = try Self.bytes(folder, .entries, index, size: size)
        for (place, bytes) in EntryBundle.entries(in: bundle).enumerated() where range.contains(first + place) {
          found.append(StoredEntry(index: first + place, bytes: bytes))
        }
      }
      return found
    }
  }

  /// Calls `body` with each leaf hash of the level-0 tiles in order, until one is missing or `body` returns false.
  func forEachHash(from start: Int = 0, _ body: (Int, TreeHash) throws -> Bool) throws {
    var next = start
    while next < size {
      let index = next / TilePath.fullWidth
      let bytes = try Self.bytes(folder, .hashes(level: 0), index, size: size)
      let end = min(size, (index + 1) * TilePath.fullWidth)
      while next < end {
        let offset = (next % TilePath.fullWidth) * TreeHash.byteCount
        guard let hash = TreeHash(bytes: bytes.dropFirst(offset).prefix(TreeHash.byteCount)) else { return }
        guard try body(next, hash) else { return }
        next += 1
      }
    }
  }

  /// As `forEachHash`, from the entries of the bundles.
  func forEachEntryHash(from start: Int = 0, _ body: (Int, TreeHash) throws -> Bool) throws {
    var isWanted = true
    try entries.forEachPresent(in: 0..<size) { index, leaf in
      if isWanted, index >= start { isWanted = try body(index, .leaf(leaf)) }
    }
  }

  private static func bytes(_ folder: LogFolder, _ kind: TilePath.Kind, _ index: Int, size: Int) throws -> Data {
    let width = min(TilePath.fullWidth, size - index * TilePath.fullWidth)
    let path = TilePath(kind, index: index, width: width)
    return try folder.tileIfRegular(path) ?? folder.tileIfRegular(path.full) ?? Data()
  }
}
