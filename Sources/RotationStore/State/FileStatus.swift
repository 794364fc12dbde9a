internal import Foundation

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
