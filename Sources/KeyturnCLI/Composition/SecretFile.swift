internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A private key, a password or a passphrase in a file, read into memory that is wiped.
enum SecretFile {
  static let sizeLimit = 262_144

  /// Why nothing could be taken from a file.
  struct Unusable: Error {
    let reason: String
  }

  /// `-` is standard input. Throws `inputInvalid`.
  static func read(_ path: String) throws(Failure) -> SecretBytes {
    do { return try contents(path, limit: sizeLimit) } catch {
      throw Failure(
        .inputInvalid, "\(path == "-" ? "standard input" : path) \(error.reason); nothing was changed",
        remedy: ["name a file that this user can read, or - for standard input"])
    }
  }

  /// The file's bytes without one line break at the end: a password.
  static func readLine(_ path: String) throws(Failure) -> SecretBytes { withoutLineBreak(try read(path)) }

  /// All that is in the file, or on standard input for `-`: at least one byte, and fewer than `limit`.
  static func contents(_ path: String, limit: Int) throws(Unusable) -> SecretBytes {
    let file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Unusable(reason: "cannot be read (\(String(cString: strerror(errno))))") }
    defer { close(file) }
    var count: Int?
    let whole = SecretBytes(count: limit) { count = Descriptor(number: file).read(into: $0) }
    guard let count else { throw Unusable(reason: "cannot be read (\(String(cString: strerror(errno))))") }
    guard count > 0 else { throw Unusable(reason: "is empty") }
    guard count < limit else { throw Unusable(reason: "is too long for a secret") }
    return prefix(count, of: whole)
  }

  static func withoutLineBreak(_ bytes: borrowing SecretBytes) -> SecretBytes {
    let end = bytes.withBytes { bytes in
      var end = bytes.count
      if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
      if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      return end
    }
    return prefix(end, of: bytes)
  }

  private static func prefix(_ count: Int, of bytes: borrowing SecretBytes) -> SecretBytes {
    SecretBytes(count: count) { room in
      bytes.withBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}
