internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A private key or a password in a file, read into memory that is wiped.
enum SecretFile {
  static let sizeLimit = 262_144

  /// `-` is standard input. Throws `inputInvalid`.
  static func read(_ path: String) throws(Failure) -> SecretBytes {
    func unusable(_ reason: String) -> Failure {
      Failure(
        .inputInvalid, "\(path == "-" ? "standard input" : path) \(reason); nothing was changed",
        remedy: ["name a file that this user can read, or - for standard input"])
    }
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unusable("cannot be read (\(String(cString: strerror(errno))))") }
    defer { close(descriptor) }
    var count = 0
    let whole = SecretBytes(count: sizeLimit) { buffer in
      while count < buffer.count {
        let taken = receive(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if taken == 0 { break }
        if taken < 0, errno != EINTR { break }
        count += max(taken, 0)
      }
    }
    guard count > 0 else { throw unusable("is empty or cannot be read") }
    guard count < sizeLimit else { throw unusable("is too long for a key") }
    return SecretBytes(count: count) { room in
      whole.withBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// The file's bytes without one line break at the end: a password or a passphrase.
  static func readLine(_ path: String) throws(Failure) -> SecretBytes {
    let bytes = try read(path)
    let end = bytes.withBytes { bytes in
      var end = bytes.count
      if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
      if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      return end
    }
    return SecretBytes(count: end) { room in
      bytes.withBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    }
  }

  private static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer, count)
    #else
      Darwin.read(descriptor, buffer, count)
    #endif
  }
}
