package import Foundation
internal import Primitives

/// A SHA-256 hash in a Merkle tree (RFC 9162 section 2.1.1: leaves and nodes are hashed under different first bytes).
package struct TreeHash: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32
  /// The root of a tree without leaves.
  package static let emptyRoot = TreeHash(digest: SHA256Digest(of: Data()))

  /// 32 bytes.
  package let bytes: Data

  /// Nil for another length.
  package init?(bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Data(bytes)
  }

  /// Nil for anything but canonical base64 of 32 bytes.
  package init?(base64 text: some StringProtocol) {
    guard let bytes = Base64.decode(String(text)) else { return nil }
    self.init(bytes: bytes)
  }

  private init(digest: SHA256Digest) { bytes = digest.bytes }

  package static func leaf(_ leaf: Data) -> TreeHash {
    var message = Data(capacity: 1 + leaf.count)
    message.append(0x00)
    message.append(leaf)
    return TreeHash(digest: SHA256Digest(of: message))
  }

  package static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
    var message = Data(capacity: 1 + 2 * byteCount)
    message.append(0x01)
    message.append(left.bytes)
    message.append(right.bytes)
    return TreeHash(digest: SHA256Digest(of: message))
  }

  /// As checkpoints and proofs spell it.
  package var base64: String { Base64.encode(bytes) }
  package var description: String { base64 }
}
