import Foundation
import Primitives
import Testing
import TransparencyLog

/// The definitions of RFC 9162 section 2.1, written down as they stand there.
private enum Definition {
  static func root(_ leaves: ArraySlice<Data>) -> TreeHash {
    switch leaves.count {
    case 0: return .emptyRoot
    case 1: return .leaf(leaves[leaves.startIndex])
    default:
      let k = largestPowerOfTwo(below: leaves.count)
      return .node(root(leaves.prefix(k)), root(leaves.dropFirst(k)))
    }
  }

  static func path(_ m: Int, _ leaves: ArraySlice<Data>) -> [TreeHash] {
    guard leaves.count > 1 else { return [] }
    let k = largestPowerOfTwo(below: leaves.count)
    return m < k
      ? path(m, leaves.prefix(k)) + [root(leaves.dropFirst(k))]
      : path(m - k, leaves.dropFirst(k)) + [root(leaves.prefix(k))]
  }

  static func consistency(_ m: Int, _ leaves: ArraySlice<Data>, _ isKnown: Bool = true) -> [TreeHash] {
    if m == leaves.count { return isKnown ? [] : [root(leaves)] }
    let k = largestPowerOfTwo(below: leaves.count)
    return m <= k
      ? consistency(m, leaves.prefix(k), isKnown) + [root(leaves.dropFirst(k))]
      : consistency(m - k, leaves.dropFirst(k), false) + [root(leaves.prefix(k))]
  }

  private static func largestPowerOfTwo(below n: Int) -> Int {
    var k = 1
    while k * 2 < n { k *= 2 }
    return k
  }
}

/// Every complete subtree, kept: what a proof for any size can ask for.
private struct AllSubtrees: HashReader {
  private var rows: [[TreeHash]]

  init(_ leaves: [Data]) {
    rows = [leaves.map { .leaf($0) }]
    while let below = rows.last, below.count > 1 {
      rows.append(stride(from: 0, to: below.count - 1, by: 2).map { .node(below[$0], below[$0 + 1]) })
    }
  }

  func hash(level: Int, index: Int) -> TreeHash { rows[level][index] }
}

@Suite struct MerkleTreeTests {
  private static let leaves = (0..<300).map { Data("leaf \($0)".utf8) }

  @Test func `the roots are those of the reference tree of Certificate Transparency`() {
    let leaves = [
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ].compactMap { Hex.decode($0) }
    let roots = [
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    var tree = CompactRange()
    #expect(leaves.count == 8)
    #expect(Hex.encode(tree.root.bytes) == roots[0])
    for (leaf, root) in zip(leaves, roots.dropFirst()) {
      tree.append(.leaf(leaf))
      #expect(Hex.encode(tree.root.bytes) == root)
    }
  }

  @Test func `the compact range has the defined root at every size`() {
    var tree = CompactRange()
    for size in 0...Self.leaves.count {
      #expect(tree.count == size)
      #expect(tree.root == Definition.root(Self.leaves.prefix(size)))
      if size < Self.leaves.count { tree.append(.leaf(Self.leaves[size])) }
    }
  }

  @Test func `proofs are those of the definition`() throws {
    var subtrees = AllSubtrees(Self.leaves)
    for size in [1, 2, 3, 7, 8, 11, 32, 33, 100] {
      for index in 0..<size {
        let path = try MerkleProof.inclusion(of: index, in: size, from: &subtrees)
        #expect(path == Definition.path(index, Self.leaves.prefix(size)))
      }
      for old in 1...size {
        let proof = try MerkleProof.consistency(from: old, to: size, reader: &subtrees)
        #expect(proof == Definition.consistency(old, Self.leaves.prefix(size)))
      }
    }
  }

  @Test func `every leaf is included at every size, and at no other place`() throws {
    var subtrees = AllSubtrees(Self.leaves)
    let hashes = Self.leaves.map { TreeHash.leaf($0) }
    for size in 1...Self.leaves.count {
      let root = try MerkleProof.root(of: 0..<size, from: &subtrees)
      for index in 0..<size {
        let path = try MerkleProof.inclusion(of: index, in: size, from: &subtrees)
        func holds(_ leaf: TreeHash, _ place: Int, _ path: [TreeHash], _ root: TreeHash) -> Bool {
          MerkleProof.verifyInclusion(of: leaf, at: place, in: size, root: root, proof: path)
        }
        guard holds(hashes[index], index, path, root) else {
          Issue.record("leaf \(index) of \(size) is not included")
          continue
        }
        guard index == size / 2 || index == size - 1 else { continue }
        #expect(!holds(hashes[(index + 1) % 300], index, path, root))
        #expect(!holds(hashes[index], size, path, root))
        #expect(!holds(hashes[index], -1, path, root))
        #expect(!holds(hashes[index], index, path + [root], root))
        #expect(!holds(hashes[index], index, path, .emptyRoot))
        if size > 1 {
          #expect(!holds(hashes[index], (index + 1) % size, path, root))
          #expect(!holds(hashes[index], index, Array(path.dropLast()), root))
        }
        for step in path.indices {
          var other = path
          other[step] = .emptyRoot
          #expect(!holds(hashes[index], index, other, root))
        }
      }
    }
  }

  @Test func `every size is consistent with every later one, and with no other tree`() throws {
    var subtrees = AllSubtrees(Self.leaves)
    let roots = try (0...Self.leaves.count).map { try MerkleProof.root(of: 0..<$0, from: &subtrees) }
    for new in 0..<roots.count {
      for old in 0...new {
        let proof = try MerkleProof.consistency(from: old, to: new, reader: &subtrees)
        func holds(_ oldRoot: TreeHash, _ newRoot: TreeHash, _ proof: [TreeHash]) -> Bool {
          MerkleProof.verifyConsistency(from: old, root: oldRoot, to: new, root: newRoot, proof: proof)
        }
        guard holds(roots[old], roots[new], proof) else {
          Issue.record("\(old) is not consistent with \(new)")
          continue
        }
        guard old == new / 3 || old + 1 == new else { continue }
        #expect(!holds(roots[old], roots[new], proof + [roots[new]]))
        #expect(!holds(roots[(old + 1) % roots.count], roots[new], proof))
        if old > 0 {
          #expect(!holds(roots[old], roots[(new + 1) % roots.count], proof))
          #expect(!holds(roots[old], roots[new], Array(proof.dropLast())))
        }
        for step in proof.indices {
          var other = proof
          other[step] = .emptyRoot
          #expect(!holds(roots[old], roots[new], other))
        }
      }
    }
  }

  @Test func `a proof from the leaves themselves is the same`() throws {
    var subtrees = AllSubtrees(Self.leaves)
    var leaves = LeafHashReader(LeafSource(Self.leaves))
    for index in [0, 1, 127, 255, 256, 299] {
      #expect(
        try MerkleProof.inclusion(of: index, in: 300, from: &leaves)
          == MerkleProof.inclusion(of: index, in: 300, from: &subtrees))
    }
  }
}
