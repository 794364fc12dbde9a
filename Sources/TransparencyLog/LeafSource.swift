package import Foundation
package import RotationCore

/// The leaves that a log is made of, read in bounded portions. `count` is taken once: leaves appended later are not seen.
package struct LeafSource: Sendable {
  /// Leaves asked for at a time; one full tile.
  static let portion = 256
  /// What a 16-bit length can say.
  private static let leafLimit = Int(UInt16.max)

  package let count: Int
  private let read: @Sendable (Range<Int>) throws -> [StoredEntry]

  /// `read` returns the entries of a range in order; one that is not there is left out, never replaced.
  package init(count: Int, read: @escaping @Sendable (Range<Int>) throws -> [StoredEntry]) {
    self.count = count
    self.read = read
  }

  package init(_ ledger: any LedgerReader) throws {
    self.init(count: try ledger.entryCount()) { try ledger.entries(in: $0) }
  }

  package init(_ leaves: [Data]) {
    self.init(count: leaves.count) { range in range.map { StoredEntry(index: $0, bytes: leaves[$0]) } }
  }

  /// Calls `body` with each leaf of `range` in order, up to the first that is missing, out of its place or too long.
  /// Returns the place where it ended: `range.upperBound` when every leaf was there.
  @discardableResult
  func forEachPresent(in range: Range<Int>, _ body: (Int, Data) throws -> Void) throws -> Int {
    var next = range.lowerBound
    while next < range.upperBound {
      let end = min(range.upperBound, (next / Self.portion + 1) * Self.portion)
      for entry in try read(next..<end) {
        guard entry.index == next, next < end, entry.bytes.count <= Self.leafLimit else { return next }
        try body(next, entry.bytes)
        next += 1
      }
      guard next == end else { return next }
    }
    return next
  }

  /// As `forEachPresent`, for those who can do nothing with a log that has holes.
  func forEach(in range: Range<Int>, _ body: (Int, Data) throws -> Void) throws {
    let end = try forEachPresent(in: range, body)
    guard end == range.upperBound else { throw Failure.logEntryMissing(end) }
  }

  /// Whatever the store holds from `start` on, holes or not; ends when `body` returns false.
  func forEachStored(from start: Int, _ body: (StoredEntry) throws -> Bool) throws {
    for portion in stride(from: start, to: count, by: Self.portion) {
      for entry in try read(portion..<min(count, portion + Self.portion)) where try !body(entry) { return }
    }
  }

  package func leaf(at index: Int) throws -> Data {
    guard (0..<count).contains(index), let entry = try read(index..<(index + 1)).first, entry.index == index else {
      throw Failure.logEntryMissing(index)
    }
    return entry.bytes
  }
}
