internal import RotationCore

/// A private key, a password or a passphrase in a file, read into memory that is wiped.
enum SecretFile {
  static let sizeLimit = 262_144

  /// `-` is standard input. Throws `inputInvalid`.
  static func read(_ path: String, _ configuration: Configuration) throws(Failure) -> SecretBytes {
    try contents(path, limit: sizeLimit, configuration) { reason in
      Failure(
        .inputInvalid, "\(path == "-" ? "standard input" : path) \(reason); nothing was changed",
        remedy: ["name a file that this user can read, or - for standard input"])
    }
  }

  /// The file's bytes without one line break at the end: a password.
  static func readLine(_ path: String, _ configuration: Configuration) throws(Failure) -> SecretBytes {
    withoutLineBreak(try read(path, configuration))
  }

  /// All that is in the file, or on standard input for `-`: at least one byte, and fewer than `limit`. A pipe that says
  /// nothing is waited for, with a word about it, until it ends or a stop is asked for. `refusal` tells a reason.
  static func contents(
    _ path: String, limit: Int, _ configuration: Configuration, refusal: @escaping (String) -> Failure
  ) throws(Failure) -> SecretBytes {
    let file = try InputFile(path, configuration, refusal: refusal)
    var read: Result<Int, Failure> = .success(0)
    let whole = SecretBytes(count: limit) { room in read = file.read(into: room) }
    let count = try read.get()
    guard count > 0 else { throw refusal("is empty") }
    guard count < limit else { throw refusal("is too long for a secret") }
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
