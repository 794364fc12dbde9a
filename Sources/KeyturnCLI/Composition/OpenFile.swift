internal import Foundation
internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file without a secret, for everybody's eyes (0644).
enum OpenFile {
  /// Puts `bytes` in the place of what is there, whole or not at all. Throws `inputInvalid`.
  static func replace(_ path: String, with bytes: Data) throws(Failure) {
    let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard file >= 0 else { throw unwritable(path) }
    let isWritten =
      fchmod(file, 0o644) == 0 && bytes.withUnsafeBytes { Descriptor(number: file).write($0) } && fsync(file) == 0
    close(file)
    guard isWritten, rename(temporary, path) == 0 else {
      defer { unlink(temporary) }
      throw unwritable(path)
    }
  }

  private static func unwritable(_ path: String) -> Failure {
    Failure(
      .inputInvalid, "\(path) could not be written: \(String(cString: strerror(errno))); what was there is there still",
      remedy: ["name a file in a folder that this user can write"])
  }
}
