/// Where proofs take the hashes of complete subtrees from.
package protocol HashReader {
  /// The root of the subtree over leaves `index << level ..< (index + 1) << level`, all of which exist.
  mutating func hash(level: Int, index: Int) throws -> TreeHash
}

/// Recomputes each subtree from its leaves. The subtrees of one proof are disjoint, so a proof reads each leaf once.
package struct LeafHashReader: HashReader {
  private let leaves: LeafSource

  package init(_ leaves: LeafSource) { self.leaves = leaves }

  package func hash(level: Int, index: Int) throws -> TreeHash {
    var range = CompactRange()
    try leaves.forEach(in: (index << level)..<((index + 1) << level)) { _, leaf in range.append(.leaf(leaf)) }
    return range.root
  }
}
