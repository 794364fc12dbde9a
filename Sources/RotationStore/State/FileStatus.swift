internal import Foundation
internal import RotationCore

/// What `stat` says of a path.
struct FileStatus {
  private let raw: stat

  /// Nil where nothing is there or can be seen. A symbolic link is itself.
  init?(at path: String) {
    var raw = stat()
    guard lstat(path, &raw) == 0 else { return nil }
    self.raw = raw
  }

  /// Nil where nothing is there or can be seen. A symbolic link is what it leads to.
  init?(following path: String) {
    var raw = stat()
    guard stat(path, &raw) == 0 else { return nil }
    self.raw = raw
  }

  /// Nil where nothing is there. Throws where that cannot be told, such as in a folder that this user may not enter.
  static func look(at path: String, following: Bool = false) throws(Failure) -> FileStatus? {
    if let status = following ? FileStatus(following: path) : FileStatus(at: path) { return status }
    switch errno {
    case ENOENT: return nil
    case EACCES, EPERM:
      throw Failure(
        .statePermissions, "this user (uid \(geteuid())) may not look at \(path): what is there is not known",
        remedy: ["run as the user who owns it, or name another folder with --state"],
        cause: String(cString: strerror(errno)))
    default:
      throw Failure(
        .stateNotWritable, "\(path) cannot be looked at: what is there is not known",
        remedy: ["look at the path, or name another folder with --state"], cause: String(cString: strerror(errno)))
    }
  }

  init?(descriptor: Int32) {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { return nil }
    self.raw = raw
  }

  var isFolder: Bool { raw.st_mode & S_IFMT == S_IFDIR }
  var isFile: Bool { raw.st_mode & S_IFMT == S_IFREG }
  var permissions: UInt32 { UInt32(raw.st_mode) & 0o7777 }
  var size: Int { Int(raw.st_size) }

  /// The file itself, by whatever name it is reached.
  var identity: Identity { Identity(device: UInt64(truncatingIfNeeded: raw.st_dev), number: UInt64(raw.st_ino)) }

  struct Identity: Hashable {
    let device: UInt64
    let number: UInt64
  }
}
