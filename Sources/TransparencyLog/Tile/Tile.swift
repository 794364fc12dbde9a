internal import Foundation
internal import RotationCore

/// A tile's or bundle's content with the place where each item ends, so that any narrower partial tile is a prefix.
struct Tile {
  let kind: TilePath.Kind
  let index: Int
  private(set) var bytes = Data()
  private var ends: [Int] = []

  init(_ kind: TilePath.Kind, index: Int) {
    self.kind = kind
    self.index = index
  }

  var width: Int { ends.count }
  var path: TilePath { TilePath(kind, index: index, width: width) }

  mutating func append(_ hash: TreeHash) {
    hash.withBytes { bytes.append(contentsOf: $0) }
    ends.append(bytes.count)
  }

  /// Adds an entry under its length: big-endian, 16 bits.
  mutating func append(entry: Data) throws(Failure) {
    guard let length = UInt16(exactly: entry.count) else {
      throw .logEntryMissing(index * TilePath.fullWidth + width)
    }
    bytes.append(UInt8(length >> 8))
    bytes.append(UInt8(length & 0xFF))
    bytes.append(entry)
    ends.append(bytes.count)
  }

  func prefix(_ width: Int) -> Data { width == 0 ? Data() : bytes.prefix(ends[width - 1]) }

  /// The first item in which a file of this tile's first `width` items is not as it should be.
  func firstDifference(in file: Data, width: Int) -> Int? {
    let expected = prefix(width)
    guard file != expected else { return nil }
    let offset = zip(file, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(file.count, expected.count)
    return min(ends.firstIndex { $0 > offset } ?? width, width - 1)
  }
}

/// What a bundle's bytes say, as far as they can be read.
enum EntryBundle {
  /// Longest bundle, in bytes.
  static let sizeLimit = TilePath.fullWidth * (2 + Int(UInt16.max))

  /// The entries up to the first that is cut off.
  static func entries(in bundle: Data) -> [Data] {
    var entries: [Data] = []
    var rest = bundle[...]
    while rest.count >= 2 {
      let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      rest = rest.dropFirst(2)
      guard rest.count >= length else { break }
      entries.append(Data(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return entries
  }
}
