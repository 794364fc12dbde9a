#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Bytes of a private half (a PEM, a passphrase), owned by one holder and wiped when it lets go. Cannot be copied,
/// printed, encoded or compared.
package struct SecretBytes: ~Copyable, @unchecked Sendable {
  private let storage: UnsafeMutableRawBufferPointer

  /// Makes room for `count` bytes and lets `fill` write them.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    storage = .allocate(byteCount: count, alignment: 1)
    storage.initializeMemory(as: UInt8.self, repeating: 0)
    do { try fill(storage) } catch {
      Self.wipe(storage)
      storage.deallocate()
      throw error
    }
  }

  package init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Copies out of a string that its owner cannot wipe (an environment variable, a parsed file).
  package init(utf8 text: String) {
    let bytes = text.utf8
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  package var count: Int { storage.count }

  package borrowing func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(storage))
  }

  package borrowing func copy() -> SecretBytes { SecretBytes(copying: UnsafeRawBufferPointer(storage)) }

  private static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    #if canImport(Darwin)
      _ = memset_s(base, bytes.count, 0, bytes.count)
    #else
      explicit_bzero(base, bytes.count)
    #endif
  }

  deinit {
    Self.wipe(storage)
    storage.deallocate()
  }
}

/// A kid and the private key (PEM, PKCS#8 or PKCS#1) that belongs to it: what a target holds.
package struct SigningPair: ~Copyable, Sendable {
  package let kid: KeyID
  package let privateKey: SecretBytes

  package init(kid: KeyID, privateKey: consuming SecretBytes) {
    self.kid = kid
    self.privateKey = privateKey
  }
}
