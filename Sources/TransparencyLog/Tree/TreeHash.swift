package import Foundation
internal import Primitives

/// A SHA-256 hash in a Merkle tree (RFC 9162 section 2.1.1: leaves and nodes are hashed under different first bytes).
package struct TreeHash: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32
  /// The root of a tree without leaves.
  package static let emptyRoot = TreeHash(bytes: SHA256Digest(of: Data()).bytes) ?? TreeHash()

  /// Inline, since a tree is made of very many.
  private var words = SIMD4<UInt64>()

  /// 32 bytes.
  package var bytes: Data { withBytes { Data($0) } }

  private init() {}

  /// Nil for another length.
  package init?(bytes: some ContiguousBytes) {
    let isWhole = bytes.withUnsafeBytes { bytes in
      guard bytes.count == Self.byteCount else { return false }
      withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
      return true
    }
    guard isWhole else { return nil }
  }

  /// Nil for anything but canonical base64 of 32 bytes.
  package init?(base64 text: some StringProtocol) {
    guard let bytes = Base64.decode(String(text)) else { return nil }
    self.init(bytes: bytes)
  }

  package static func leaf(_ leaf: Data) -> TreeHash { leaf.withUnsafeBytes { TreeHash(0x00, $0) } }

  package static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
    withUnsafeBytes(of: (left.words, right.words)) { TreeHash(0x01, $0) }
  }

  private init(_ prefix: UInt8, _ message: UnsafeRawBufferPointer) {
    withUnsafeMutableBytes(of: &words) { digest in
      if let place = digest.baseAddress { RepeatedSHA256.hash(prefix, message, into: place) }
    }
  }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withUnsafeBytes(of: words) { try body($0) }
  }

  /// As checkpoints and proofs spell it.
  package var base64: String { Base64.encode(bytes) }
  package var description: String { base64 }
}
