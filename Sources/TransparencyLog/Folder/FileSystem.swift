internal import Foundation
internal import Primitives
internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Who may read what is made, whatever the umask.
enum Readers {
  case owner, everyone

  var fileMode: mode_t { self == .owner ? 0o600 : 0o644 }
  var folderMode: mode_t { self == .owner ? 0o700 : 0o755 }
}

/// The few file operations that the log needs, with the modes and flushes that Foundation does not give.
/// Links are never followed in the last part of a path.
enum FileSystem {
  /// The file's bytes, at most `limit` + 1 of them; nil where there is no file.
  static func contents(of path: String, limit: Int) throws(Failure) -> Data? {
    // Without O_NONBLOCK a planted FIFO would hold the caller for ever.
    let file = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
    guard file >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw errno == ELOOP ? irregular(path) : trouble("cannot be read", path)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw irregular(path) }
    var bytes = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
      let room = min(buffer.count, limit + 1 - bytes.count)
      let count = buffer.withUnsafeMutableBytes { buffer in
        retrying { read(file, buffer.baseAddress, room) }
      }
      guard count >= 0 else { throw trouble("cannot be read", path) }
      if count == 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return bytes
  }

  /// A new file.
  static func create(_ path: String, holding bytes: Data, for readers: Readers = .owner, durably: Bool)
    throws(Failure)
  {
    var file = try OutputFile(creating: path, for: readers)
    try file.append(bytes)
    try file.finish(durably: durably)
  }

  static func move(_ old: String, to new: String) throws(Failure) {
    guard rename(old, new) == 0 else { throw trouble("cannot be replaced", new) }
  }

  static func remove(_ path: String) throws(Failure) {
    guard unlink(path) == 0 || errno == ENOENT else { throw trouble("cannot be removed", path) }
  }

  /// Removes the folder if nothing is in it.
  static func removeFolder(_ path: String) { rmdir(path) }

  /// Makes the folder and those above it, each durable in the one above. One that is there keeps its mode.
  static func makeFolders(_ path: String, for readers: Readers = .owner) throws(Failure) {
    if mkdir(path, 0o700) == 0 {
      guard chmod(path, readers.folderMode) == 0 else { throw trouble("cannot be given its mode", path) }
      return try synchronize(folder: parent(of: path))
    }
    let reason = errno
    if reason == EEXIST { return }
    // Some file systems answer ENOENT for a folder that they do not take, though the one above is there.
    guard reason == ENOENT, access(parent(of: path), F_OK) != 0 else {
      errno = reason
      throw trouble("cannot be made", path)
    }
    try makeFolders(parent(of: path), for: readers)
    try makeFolders(path, for: readers)
  }

  static func synchronize(folder path: String) throws(Failure) {
    let folder = try telling("cannot be opened", path) { () throws(SystemError) in try OwnedDescriptor(folder: path) }
    try telling("cannot be made durable", path) { () throws(SystemError) in try folder.flush() }
  }

  /// Names in a folder, sorted; none where there is no folder.
  static func list(_ path: String) throws(Failure) -> [String] {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return [] }
      throw trouble("cannot be read", path)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [] }
    do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
      throw Failure(.statePermissions, "\(path) cannot be read", cause: error.localizedDescription)
    }
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  private static func irregular(_ path: String) -> Failure {
    Failure(.stateDamaged, "\(path) is not a regular file", remedy: ["move it away; what belongs there can be rebuilt"])
  }

  /// What `body` throws, in an operator's words.
  static func telling<Result: ~Copyable>(
    _ what: String, _ path: String, _ body: () throws(SystemError) -> Result
  ) throws(Failure) -> Result {
    do { return try body() } catch { throw trouble(what, path, error) }
  }

  /// `error`: the last one of this thread, unless said otherwise.
  static func trouble(_ what: String, _ path: String, _ error: SystemError = SystemError(number: errno)) -> Failure {
    let reason = String(cString: strerror(error.number))
    let isForbidden = error.number == EACCES || error.number == EPERM
    return Failure(
      isForbidden ? .statePermissions : .stateNotWritable, "\(path) \(what): \(reason.lowercased())",
      remedy: ["check the owner and mode of the folder, the space on its disk, and that it is not mounted read-only"])
  }
}
