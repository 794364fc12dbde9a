internal import Foundation
internal import RotationCore

/// Turns leaves into tiles as they come. Holds one open tile a level and one bundle, whatever the log's size.
struct TileBuilder {
  /// Leaves appended so far.
  private(set) var count = 0
  private var bundle = Tile(.entries, index: 0)
  private var levels: [Tile] = []
  private var subtrees: [CompactRange] = []

  /// The Merkle tree hash of all leaves: each level's complete subtrees stand to the left of those below it.
  var root: TreeHash { subtrees.reduce(nil) { $1.root(before: $0) } ?? .emptyRoot }

  /// Adds a leaf and hands each tile that it completes to `emit`.
  mutating func append(_ leaf: Data, emit: (Tile) throws -> Void) throws {
    let hash = TreeHash.leaf(leaf)
    count += 1
    try bundle.append(entry: leaf)
    if bundle.width == TilePath.fullWidth {
      try emit(bundle)
      bundle = Tile(.entries, index: bundle.index + 1)
    }
    try append(hash, at: 0, emit: emit)
  }

  /// Hands over the tiles that are still partial.
  func finish(emit: (Tile) throws -> Void) throws {
    for tile in [bundle] + levels where tile.width > 0 { try emit(tile) }
  }

  private mutating func append(_ hash: TreeHash, at level: Int, emit: (Tile) throws -> Void) throws {
    if level == levels.count {
      levels.append(Tile(.hashes(level: level), index: 0))
      subtrees.append(CompactRange())
    }
    levels[level].append(hash)
    subtrees[level].append(hash)
    guard levels[level].width == TilePath.fullWidth else { return }
    try emit(levels[level])
    let root = subtrees[level].root
    levels[level] = Tile(.hashes(level: level), index: levels[level].index + 1)
    subtrees[level] = CompactRange()
    try append(root, at: level + 1, emit: emit)
  }
}
