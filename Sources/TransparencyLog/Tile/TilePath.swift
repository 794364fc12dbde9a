/// The name of a tile or an entry bundle below the log's prefix (c2sp.org/tlog-tiles).
package struct TilePath: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Hashes of subtrees of 256^level leaves.
    case hashes(level: Int)
    case entries
  }

  package static let fullWidth = 256

  package let kind: Kind
  /// Place among its like, from 0.
  package let index: Int
  /// Hashes or entries in it, 1 to 256; below 256 the tile is partial.
  package let width: Int

  package init(_ kind: Kind, index: Int, width: Int = fullWidth) {
    self.kind = kind
    self.index = index
    self.width = width
  }

  package var isFull: Bool { width == Self.fullWidth }

  /// The same place, complete.
  package var full: TilePath { TilePath(kind, index: index) }

  /// `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`, N in groups of three digits: `x001/x234/067`.
  package var name: String {
    let folder =
      switch kind {
      case .hashes(let level): "tile/\(level)"
      case .entries: "tile/entries"
      }
    var groups = [Self.threeDigits(index % 1000)]
    var rest = index / 1000
    while rest > 0 {
      groups.insert("x" + Self.threeDigits(rest % 1000), at: 0)
      rest /= 1000
    }
    return "\(folder)/\(groups.joined(separator: "/"))" + (isFull ? "" : ".p/\(width)")
  }

  /// Nil for anything but the one spelling of a tile's name.
  package init?(_ name: String) {
    var parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String(Substring($0))
    }[...]
    guard parts.count >= 3, parts.popFirst() == "tile", let folder = parts.popFirst() else { return nil }
    var width = Self.fullWidth
    if parts.count >= 2, parts[parts.endIndex - 2].hasSuffix(".p") {
      guard let number = parts.popLast().flatMap(Int.init(strictDecimal:)) else { return nil }
      width = number
      parts[parts.endIndex - 1].removeLast(2)
    }
    // Five groups number the tiles of 10^17 entries, and no arithmetic on them overflows.
    guard (1...5).contains(parts.count), let index = Int(parts.map { $0.filter { $0 != "x" } }.joined()) else {
      return nil
    }
    if folder == "entries" {
      self.init(.entries, index: index, width: width)
    } else {
      guard let level = Int(strictDecimal: folder), (0...63).contains(level) else { return nil }
      self.init(.hashes(level: level), index: index, width: width)
    }
    guard index >= 0, (1...Self.fullWidth).contains(width), self.name.utf8.elementsEqual(name.utf8) else { return nil }
  }

  /// Every tile that a tree of `size` leaves consists of: hash tiles level by level, then the bundles.
  package static func all(for size: Int) -> [TilePath] {
    var paths: [TilePath] = []
    var (level, width) = (0, size)
    while width > 0 {
      paths += tiles(.hashes(level: level), width)
      width /= fullWidth
      level += 1
    }
    return paths + tiles(.entries, size)
  }

  private static func tiles(_ kind: Kind, _ width: Int) -> [TilePath] {
    let full = (0..<(width / fullWidth)).map { TilePath(kind, index: $0) }
    let rest = width % fullWidth
    return rest == 0 ? full : full + [TilePath(kind, index: width / fullWidth, width: rest)]
  }

  /// The first log entry that the tile's item `item` spans.
  func firstEntry(of item: Int) -> Int {
    switch kind {
    case .entries: index * Self.fullWidth + item
    case .hashes(let level): (index * Self.fullWidth + item) << (8 * level)
    }
  }

  /// How many entries a log must have for this tile to exist; saturates.
  var entriesNeeded: Int {
    let items = index * Self.fullWidth + width
    guard case .hashes(let level) = kind else { return items }
    let (product, overflow) = items.multipliedReportingOverflow(by: level < 8 ? 1 << (8 * level) : .max)
    return overflow ? .max : product
  }

  private static func threeDigits(_ number: Int) -> String {
    String(repeating: "0", count: number < 10 ? 2 : number < 100 ? 1 : 0) + String(number)
  }
}
