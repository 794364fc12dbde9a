internal import Foundation
internal import RotationCore

/// A tree recomputed from its leaves or their hashes, in one pass, with its roots at the sizes that heads speak of.
struct Recomputation {
  /// Leaves that were there, up to the first that was not.
  private(set) var end = 0
  private(set) var root = TreeHash.emptyRoot
  private var roots: [Int: TreeHash] = [0: .emptyRoot]
  /// Files that are not what the leaves give; empty when no files were compared.
  private(set) var differences: [PresentTiles.Difference] = []

  init(of leaves: LeafSource, sizes: Set<Int>, comparing tiles: PresentTiles) throws {
    var builder = TileBuilder()
    var found: [PresentTiles.Difference] = []
    let compare = { (tile: Tile) in found += try tiles.differences(from: tile) }
    end = try leaves.forEachPresent(in: 0..<leaves.count) { _, leaf in
      try builder.append(leaf, emit: compare)
      if sizes.contains(builder.count) { roots[builder.count] = builder.root }
    }
    try builder.finish(emit: compare)
    root = builder.root
    differences = found
  }

  init(ofHashesIn leaves: FolderLeaves, sizes: Set<Int>) throws {
    var tree = CompactRange()
    try leaves.forEachHash { _, hash in
      tree.append(hash)
      if sizes.contains(tree.count) { roots[tree.count] = tree.root }
      return true
    }
    end = tree.count
    root = tree.root
  }

  func has(_ head: Checkpoint) -> Bool { roots[head.size] == head.root }
}
