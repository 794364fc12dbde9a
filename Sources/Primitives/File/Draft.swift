#if canImport(Glibc)
  package import Glibc
#elseif canImport(Musl)
  package import Musl
#elseif canImport(Darwin)
  package import Darwin
#endif

/// A file that did not exist before: its mode and owner, its bytes, a flush, and then its place, taken whole in one
/// rename. Gone again unless it was kept. Foundation's atomic write widens 0600 to 0644, replaces links and flushes nothing.
package struct Draft: ~Copyable {
  package let file: OwnedDescriptor
  private let folder: CInt
  private let name: String
  private var isKept = false

  /// Mode 0600 at first. `folder` is the number of the open one that `name` is in, which outlives the draft; without it
  /// `name` is a path.
  package init(named name: String, in folder: CInt = AT_FDCWD) throws(SystemError) {
    file = try OwnedDescriptor { openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
    self.folder = folder
    self.name = name
  }

  /// Whatever the umask says. The owner is left alone where it is that one already.
  package borrowing func take(mode: mode_t, owner: uid_t? = nil, group: gid_t? = nil) throws(SystemError) {
    let now = try file.information()
    let (owner, group) = (owner ?? now.st_uid, group ?? now.st_gid)
    if now.st_uid != owner || now.st_gid != group { try SystemError.check { fchown(file.number, owner, group) } }
    try SystemError.check { fchmod(file.number, mode) }
  }

  /// It stays, under the name that it has.
  package mutating func keep() { isKept = true }

  /// It stands where `place`, in the same folder, stood. That is durable once the folder is flushed.
  package mutating func replace(_ place: String) throws(SystemError) {
    try SystemError.check { renameat(folder, name, folder, place) }
    isKept = true
  }

  deinit { if !isKept { _ = unlinkat(folder, name, 0) } }
}
