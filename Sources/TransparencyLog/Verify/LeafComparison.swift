internal import Foundation
internal import RotationCore

/// Finds where a store leaves the sequence of leaf hashes that a signed root vouches for, and how.
struct LeafComparison {
  let store: LeafSource
  /// Calls its body with the hashes from a place on, in order, until the body returns false.
  let authentic: (_ start: Int, _ body: (Int, TreeHash) throws -> Bool) throws -> Void
  /// Number of authentic hashes.
  let size: Int

  struct Departure {
    let entry: Int
    let kind: LogDamage.Kind
  }

  /// Nil when the store holds all authentic leaves.
  func departure() throws -> Departure? {
    var next = 0
    var portion: [TreeHash] = []
    var wrong: (expected: TreeHash, found: TreeHash)?
    try authentic(0) { index, expected in
      if index % LeafSource.portion == 0 {
        portion = []
        let end = min(index + LeafSource.portion, size, store.count)
        guard index < end else { return false }
        try store.forEachPresent(in: index..<end) { portion.append(.leaf($1)) }
      }
      guard index % LeafSource.portion < portion.count else { return false }
      let found = portion[index % LeafSource.portion]
      if found != expected { wrong = (expected, found) }
      if wrong == nil { next = index + 1 }
      return wrong == nil
    }
    if let wrong { return Departure(entry: next, kind: try kind(at: next, wrong.expected, wrong.found)) }
    guard next < size else { return nil }
    return Departure(entry: next, kind: next < store.count ? .missing : .truncated)
  }

  /// What happened at the first leaf that differs, told by whether either leaf appears later in the other sequence.
  private func kind(at index: Int, _ expected: TreeHash, _ found: TreeHash) throws -> LogDamage.Kind {
    var (isExpectedLater, isFoundLater) = (false, false)
    try store.forEachStored(from: index) { entry in
      isExpectedLater = entry.index > index && .leaf(entry.bytes) == expected
      return !isExpectedLater
    }
    try authentic(index + 1) { _, hash in
      isFoundLater = hash == found
      return !isFoundLater
    }
    switch (isExpectedLater, isFoundLater) {
    case (true, true): return .reordered
    case (true, false): return .inserted
    case (false, true): return .missing
    case (false, false): return .changed
    }
  }
}
