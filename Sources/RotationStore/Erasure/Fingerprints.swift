internal import Foundation

/// What a secret's bytes can be known by without keeping them: a 64-bit hash of each block of 32. Any run of 63 bytes
/// of the secret holds a whole block, so a rolling hash over a file finds it.
struct Fingerprints: Sendable {
  static let window = 32
  /// PBES2 parameters (RFC 8018): alike in all sealed keys but for salt and IV, which betray nothing.
  private static let header = 128

  private(set) var hashes: Set<UInt64>
  private var hints: [Bool]

  init(of secret: Data) {
    let bytes = Array(secret)
    // A short one (an Ed25519 key) is known by its ciphertext alone, the last two blocks: what stands before is in all.
    let start = min(Self.header, max(0, bytes.count - 2 * Self.window))
    let blocks = stride(from: start, through: bytes.count - Self.window, by: Self.window)
      .map { bytes[$0..<$0 + Self.window] }
      .filter { Set($0).count >= 12 }
    self.init(Set(blocks.map { $0.reduce(0, Self.append) }))
  }

  /// Reads back `stored`.
  init(stored: Data) {
    let bytes = Array(stored)
    self.init(
      Set(
        stride(from: 0, through: bytes.count - 8, by: 8).map { start in
          bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }))
  }

  private init(_ hashes: Set<UInt64>) {
    self.hashes = hashes
    hints = Array(repeating: false, count: 1 << 16)
    for hash in hashes { hints[Int(hash >> 48)] = true }
  }

  /// Eight bytes a block, most significant first.
  var stored: Data {
    Data(hashes.sorted().flatMap { hash in stride(from: 56, through: 0, by: -8).map { UInt8(hash >> $0 & 0xFF) } })
  }

  /// Nothing in the secret stood out enough to be looked for.
  var isEmpty: Bool { hashes.isEmpty }

  func union(_ other: Fingerprints) -> Fingerprints { Fingerprints(hashes.union(other.hashes)) }

  /// Whether any block of the secret stands anywhere in the open file.
  func match(in descriptor: Int32) throws(POSIXError) -> Bool {
    var buffer = [UInt8](repeating: 0, count: Self.window + 1 << 16)
    var hash: UInt64 = 0
    let leaving = Self.leaving
    var offset: off_t = 0
    while true {
      let count = buffer.withUnsafeMutableBytes { raw in
        pread(descriptor, raw.baseAddress.map { $0 + Self.window }, raw.count - Self.window, offset)
      }
      if count < 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      if count == 0 { return false }
      let found = buffer.withUnsafeBufferPointer { bytes in
        for place in Self.window..<Self.window + count {
          hash = Self.append(hash &- UInt64(bytes[place - Self.window]) &* leaving, bytes[place])
          if hints[Int(hash >> 48)], hashes.contains(hash) { return true }
        }
        return false
      }
      if found { return true }
      for place in 0..<Self.window { buffer[place] = buffer[count + place] }
      offset += off_t(count)
    }
  }

  private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15
  /// `base` to the power of `window - 1`: the weight of the byte that leaves.
  private static let leaving = (1..<window).reduce(UInt64(1)) { power, _ in power &* base }

  private static func append(_ hash: UInt64, _ byte: UInt8) -> UInt64 { hash &* base &+ UInt64(byte) }
}
