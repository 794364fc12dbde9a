internal import Foundation
internal import RotationCore

/// Subtree hashes out of the tiles of a tree of `size` leaves, each tile expanded once while it is in use.
/// What it returns is as trustworthy as the folder: a proof from it must still be verified.
struct TileReader: HashReader {
  private let folder: LogFolder
  private let size: Int
  /// Tiles in use, as the hashes of 1, 2, 4, … 256 items, complete subtrees only.
  private var open: [Place: [[TreeHash]]] = [:]

  private struct Place: Hashable {
    let level: Int
    let index: Int
  }

  /// The entry's own tile and the last one, at each of eight levels.
  private static let openLimit = 16

  init(_ folder: LogFolder, size: Int) {
    self.folder = folder
    self.size = size
  }

  mutating func hash(level: Int, index: Int) throws -> TreeHash {
    let (tileLevel, height) = level.quotientAndRemainder(dividingBy: 8)
    let first = index << height
    let place = Place(level: tileLevel, index: first / TilePath.fullWidth)
    let rows = try open[place] ?? expand(place)
    if open[place] == nil {
      if open.count == Self.openLimit { open = [:] }
      open[place] = rows
    }
    let item = (first % TilePath.fullWidth) >> height
    guard item < rows[height].count else {
      throw Failure(.internalError, "the tree of \(size) leaves has no subtree \(index) at level \(level)")
    }
    return rows[height][item]
  }

  private func expand(_ place: Place) throws -> [[TreeHash]] {
    let width = min(TilePath.fullWidth, (size >> (8 * place.level)) - place.index * TilePath.fullWidth)
    let path = TilePath(.hashes(level: place.level), index: place.index, width: width)
    guard let bytes = try folder.tile(path), bytes.count >= width * TreeHash.byteCount else {
      throw Failure(.stateDamaged, "the log's \(path.name) is missing or cut off")
    }
    var rows = [(0..<width).compactMap { TreeHash(bytes: bytes.dropFirst($0 * TreeHash.byteCount).prefix(32)) }]
    for height in 0..<8 {
      let below = rows[height]
      rows.append(stride(from: 0, to: below.count - 1, by: 2).map { .node(below[$0], below[$0 + 1]) })
    }
    return rows
  }
}
