internal import Foundation
internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file that did not exist before, written from its beginning to its end. Removed again unless finished.
struct OutputFile: ~Copyable {
  private let path: String
  private let file: Int32
  private var isFinished = false

  init(creating path: String, for readers: Readers) throws(Failure) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw FileSystem.trouble("cannot be written", path) }
    guard fchmod(file, readers.fileMode) == 0 else {
      let trouble = FileSystem.trouble("cannot be given its mode", path)
      close(file)
      unlink(path)
      throw trouble
    }
    self.path = path
    self.file = file
  }

  mutating func append(_ bytes: Data) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        FileSystem.retrying { write(file, bytes.baseAddress?.advanced(by: done), bytes.count - done) }
      }
      guard count > 0 else { throw FileSystem.trouble("cannot be written", path) }
      done += count
    }
  }

  /// Keeps the file; with `durably`, returns when its bytes are on the disk.
  mutating func finish(durably: Bool) throws(Failure) {
    guard !durably || fsync(file) == 0 else { throw FileSystem.trouble("cannot be made durable", path) }
    isFinished = true
  }

  deinit {
    close(file)
    if !isFinished { unlink(path) }
  }
}
