internal import Primitives
internal import RotationCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A small file that is replaced whole and atomically, with its mode and owner, its access list and other
/// extended attributes. A symbolic link is followed once and stays.
struct ReplaceableFile: ~Copyable {
  static let sizeLimit = 1_048_576

  private let folder: OwnedDescriptor
  private let name: String

  /// Throws for a path that does not lead to a file.
  init(path: String) throws(SystemError) {
    guard let resolved = realpath(path, nil) else { throw SystemError(number: errno) }
    defer { free(resolved) }
    let real = String(cString: resolved)
    guard let slash = real.lastIndex(of: "/"), slash < real.index(before: real.endIndex) else {
      throw SystemError(number: EISDIR)
    }
    let parent = slash == real.startIndex ? "/" : String(real[..<slash])
    folder = try OwnedDescriptor(folder: parent)
    name = String(real[real.index(after: slash)...])
  }

  /// The file's bytes and what its successor must look like.
  struct Snapshot: ~Copyable {
    let bytes: SecretBytes
    var isReadByOthers: Bool { mode & 0o004 != 0 }
    fileprivate let mode: mode_t
    fileprivate let owner: uid_t
    fileprivate let group: gid_t
    fileprivate let links: UInt64
    fileprivate let device: UInt64
    fileprivate let inode: UInt64
  }

  borrowing func read() throws(SystemError) -> Snapshot {
    let file = try open()
    let information = try file.information()
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(number: information.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENXIO)
    }
    return Snapshot(
      bytes: try file.contents(limit: Self.sizeLimit), mode: information.st_mode & 0o7777, owner: information.st_uid,
      group: information.st_gid, links: UInt64(information.st_nlink), device: UInt64(information.st_dev),
      inode: UInt64(information.st_ino))
  }

  private borrowing func open() throws(SystemError) -> OwnedDescriptor {
    try OwnedDescriptor { openat(folder.number, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
  }

  static func hardLinked(_ names: UInt64) -> String {
    "the file has \(names) hard links, and the others would keep the old pair"
  }

  /// Why a file of `old`'s kind could not be replaced; nil: nothing is seen to be in the way.
  borrowing func obstacle(_ old: borrowing Snapshot) -> String? {
    if old.links > 1 { return Self.hardLinked(old.links) }
    guard faccessat(folder.number, ".", W_OK, AT_EACCESS) != 0 else { return nil }
    let reason = SystemError(number: errno).reason
    return "the file is replaced whole, and its folder is not this user's to write: \(reason)"
  }

  enum Refusal: Error, Equatable {
    /// Nothing was replaced.
    case moved
    case hardLinked(names: UInt64)
    case system(SystemError)
    /// Renamed, but not known to be durable.
    case uncertain(SystemError)
  }

  /// Puts `bytes` in the place of what `old` read, if it is still that.
  borrowing func replace(_ old: borrowing Snapshot, with bytes: borrowing SecretBytes) throws(Refusal) {
    guard old.links == 1 else { throw .hardLinked(names: old.links) }
    let isStill: Bool
    do throws(SystemError) {
      var draft = try Draft(named: Self.temporaryName(for: name), in: folder.number)
      // Held while this process lives: an unlocked file of this name is a leftover.
      try SystemError.check { flock(draft.file.number, LOCK_EX | LOCK_NB) }
      try draft.take(mode: old.mode, owner: old.owner, group: old.group)
      try draft.takeAttributes(of: try open())
      try draft.file.write(bytes)
      try draft.file.flush()
      isStill = try self.isStill(old)
      if isStill { try draft.replace(name) }
    } catch { throw .system(error) }
    guard isStill else { throw .moved }
    do { try folder.flush() } catch { throw .uncertain(error) }
  }

  private borrowing func isStill(_ old: borrowing Snapshot) throws(SystemError) -> Bool {
    let now = try read()
    return now.inode == old.inode && now.device == old.device && now.bytes.isEqual(to: old.bytes)
  }

  /// Removes temporary files of ours that a killed process left in the folder; each may hold a private key.
  borrowing func removeLeftovers() {
    let number = openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { return }
    guard let listing = fdopendir(number) else {
      _ = close(number)
      return
    }
    defer { closedir(listing) }
    let prefix = Self.temporaryPrefix(for: name)
    while let entry = readdir(listing) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if found.hasPrefix(prefix), found.utf8.count == prefix.utf8.count + 16 { removeIfUnlocked(found) }
    }
  }

  private borrowing func removeIfUnlocked(_ leftover: String) {
    guard
      let file = try? OwnedDescriptor({
        openat(folder.number, leftover, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      }),
      flock(file.number, LOCK_EX | LOCK_NB) == 0
    else { return }
    _ = unlinkat(folder.number, leftover, 0)
  }

  private static func temporaryPrefix(for name: String) -> String { ".\(name).keyturn-" }

  private static func temporaryName(for name: String) -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return temporaryPrefix(for: name) + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
