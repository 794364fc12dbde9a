internal import Foundation
internal import RotationCore

/// Files that only their owner may open, made without a moment in which another could.
enum PrivateFile {
  /// Makes an empty file, 0600. Refuses a path at which something stands.
  static func create(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path, "cannot be made", errno) }
    fchmod(descriptor, 0o600)
    close(descriptor)
  }

  /// Makes a file's bytes, or a folder's names, survive a power cut.
  static func flush(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path, "cannot be flushed", errno) }
    let result = fsync(descriptor)
    let reason = errno
    close(descriptor)
    if result != 0 { throw Self.failure(path, "cannot be flushed", reason) }
  }

  private static func failure(_ path: String, _ what: String, _ reason: Int32) -> Failure {
    Failure(
      .stateNotWritable, "\(path) \(what)",
      remedy: [reason == EEXIST ? "name a file that does not exist yet" : "look at the folder's space and permissions"],
      cause: String(cString: strerror(reason)))
  }
}
