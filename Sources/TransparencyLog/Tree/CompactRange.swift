/// The tree over the leaves seen so far, in memory that grows with the logarithm of their number: the roots of the
/// complete subtrees that the leaves decompose into, largest first (RFC 9162 section 2.1.2).
package struct CompactRange: Sendable, Hashable {
  private var subtrees: [TreeHash] = []
  /// Leaves appended so far.
  package private(set) var count = 0

  package init() {}

  package mutating func append(_ leafHash: TreeHash) {
    var hash = leafHash
    var size = count
    while size & 1 == 1 {
      hash = .node(subtrees.removeLast(), hash)
      size >>= 1
    }
    subtrees.append(hash)
    count += 1
  }

  /// The Merkle tree hash of all leaves; of no leaves, SHA-256 of nothing.
  package var root: TreeHash { root(before: nil) ?? .emptyRoot }

  /// The root of these leaves and of smaller subtrees to their right, whose root is `right`; nil where there are neither.
  func root(before right: TreeHash?) -> TreeHash? {
    var hash = right
    for left in subtrees.reversed() { hash = hash.map { .node(left, $0) } ?? left }
    return hash
  }
}

extension CompactRange {
  init(_ leafHashes: some Sequence<TreeHash>) {
    for hash in leafHashes { append(hash) }
  }
}
