internal import Foundation

/// The tiles that a folder holds, by place, to be compared with what the entries give.
struct PresentTiles {
  private struct Place: Hashable {
    let kind: TilePath.Kind
    let index: Int
  }

  /// A file that is not what it should be.
  struct Difference {
    let path: TilePath
    /// The first log entry that the wrong part spans.
    let entry: Int
    /// What should stand there.
    let bytes: Data
  }

  private let folder: LogFolder
  private let widths: [Place: [Int]]
  let all: [TilePath]

  init(in folder: LogFolder) throws {
    self.folder = folder
    all = try folder.tiles()
    widths = Dictionary(grouping: all) { Place(kind: $0.kind, index: $0.index) }.mapValues { $0.map(\.width).sorted() }
  }

  func has(_ path: TilePath) -> Bool {
    widths[Place(kind: path.kind, index: path.index)]?.contains(path.width) ?? false
  }

  /// Compares every file in the place of `tile`, full or partial, that is not wider than it.
  func differences(from tile: Tile) throws -> [Difference] {
    var found: [Difference] = []
    for width in widths[Place(kind: tile.kind, index: tile.index)] ?? [] where width <= tile.width {
      let path = TilePath(tile.kind, index: tile.index, width: width)
      // A partial tile may go while this runs, once the full one stands.
      guard let bytes = try folder.tileIfRegular(path), let item = tile.firstDifference(in: bytes, width: width) else {
        continue
      }
      found.append(Difference(path: path, entry: path.firstEntry(of: item), bytes: tile.prefix(width)))
    }
    return found
  }
}
