/// Inclusion and consistency proofs of RFC 9162 section 2.1, made from any `HashReader` and checked from nothing.
package enum MerkleProof {
  /// The audit path of leaf `index` in the tree over the first `size` leaves, from the leaf's sibling upwards.
  package static func inclusion(of index: Int, in size: Int, from reader: inout some HashReader) throws -> [TreeHash] {
    precondition((0..<size).contains(index))
    var path: [TreeHash] = []
    var range = 0..<size
    while range.count > 1 {
      let middle = split(range)
      if index < middle {
        path.append(try root(of: middle..<range.upperBound, from: &reader))
        range = range.lowerBound..<middle
      } else {
        path.append(try root(of: range.lowerBound..<middle, from: &reader))
        range = middle..<range.upperBound
      }
    }
    return path.reversed()
  }

  /// That the first `old` leaves of the tree of `new` leaves are the tree of `old` leaves; empty for 0 and for `new`.
  package static func consistency(from old: Int, to new: Int, reader: inout some HashReader) throws -> [TreeHash] {
    precondition((0...new).contains(old))
    guard old > 0, old < new else { return [] }
    var path: [TreeHash] = []
    var range = 0..<new
    while range.upperBound != old {
      let middle = split(range)
      if old <= middle {
        path.append(try root(of: middle..<range.upperBound, from: &reader))
        range = range.lowerBound..<middle
      } else {
        path.append(try root(of: range.lowerBound..<middle, from: &reader))
        range = middle..<range.upperBound
      }
    }
    // The old root itself is known to whoever checks, and is left out where it is a subtree of its own.
    if range.lowerBound > 0 { path.append(try root(of: range, from: &reader)) }
    return path.reversed()
  }

  /// RFC 9162 section 2.1.3.2.
  package static func verifyInclusion(
    of leafHash: TreeHash, at index: Int, in size: Int, root: TreeHash, proof: [TreeHash]
  ) -> Bool {
    guard index >= 0, index < size else { return false }
    var (node, last, hash) = (index, size - 1, leafHash)
    for sibling in proof {
      guard last > 0 else { return false }
      if node & 1 == 1 || node == last {
        hash = .node(sibling, hash)
        while node & 1 == 0, node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        hash = .node(hash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && hash == root
  }

  /// RFC 9162 section 2.1.4.2. Everything extends the empty tree, and only with an empty proof.
  package static func verifyConsistency(
    from old: Int, root oldRoot: TreeHash, to new: Int, root newRoot: TreeHash, proof: [TreeHash]
  ) -> Bool {
    guard old >= 0, old <= new else { return false }
    if old == new { return proof.isEmpty && oldRoot == newRoot }
    if old == 0 { return proof.isEmpty && oldRoot == .emptyRoot }
    var path = proof[...]
    if old & (old - 1) == 0 { path = [oldRoot] + path }
    guard let first = path.popFirst() else { return false }
    var (node, last) = (old - 1, new - 1)
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
    var (oldHash, newHash) = (first, first)
    for hash in path {
      guard last > 0 else { return false }
      if node & 1 == 1 || node == last {
        oldHash = .node(hash, oldHash)
        newHash = .node(hash, newHash)
        while node & 1 == 0, node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        newHash = .node(newHash, hash)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && oldHash == oldRoot && newHash == newRoot
  }

  /// The Merkle tree hash of a range that a proof walks through: its start is a multiple of the power of two below it.
  package static func root(of range: Range<Int>, from reader: inout some HashReader) throws -> TreeHash {
    guard !range.isEmpty else { return .emptyRoot }
    let count = range.count
    if count & (count - 1) == 0 {
      let level = count.trailingZeroBitCount
      return try reader.hash(level: level, index: range.lowerBound >> level)
    }
    let middle = split(range)
    let left = try root(of: range.lowerBound..<middle, from: &reader)
    return .node(left, try root(of: middle..<range.upperBound, from: &reader))
  }

  /// Where the tree over `range` divides: after the largest power of two smaller than its size.
  private static func split(_ range: Range<Int>) -> Int {
    range.lowerBound + (1 << (Int.bitWidth - 1 - (range.count - 1).leadingZeroBitCount))
  }
}
