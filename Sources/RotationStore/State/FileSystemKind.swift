private import Foundation

/// Tells file systems of other machines, and those that keep nothing, from the disks of this one. By the mount's type
/// and not statfs(2)'s magic number, which is one and the same for every FUSE file system.
enum FileSystemKind {
  /// The name of the network file system at `path`; nil for a local one, or where it cannot be told.
  static func network(at path: String) -> String? {
    #if os(Linux)
      return mounts(of: path).flatMap { network(at: $0, mounts: $1) }
    #else
      var info = statfs()
      guard statfs(path, &info) == 0, info.f_flags & UInt32(MNT_LOCAL) == 0 else { return nil }
      return "not local"
    #endif
  }

  /// The name of the kernel's own file system at `path`, which shows things and keeps none; nil elsewhere.
  static func pseudo(at path: String) -> String? {
    mounts(of: path).flatMap { type(at: $0, mounts: $1) }.flatMap { kernels.contains($0) ? $0 : nil }
  }

  /// The path without symbolic links, and the text of `/proc/self/mountinfo`.
  private static func mounts(of path: String) -> (String, String)? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    guard let mounts = FileManager.default.contents(atPath: "/proc/self/mountinfo") else { return nil }
    return (String(cString: resolved), String(decoding: mounts, as: UTF8.self))
  }

  /// The same from the text of `/proc/self/mountinfo` (proc(5)) and a path without symbolic links.
  static func network(at path: String, mounts: String) -> String? {
    guard let type = type(at: path, mounts: mounts) else { return nil }
    if type.hasPrefix("fuse.") { return type == "fuse.fuse-overlayfs" ? nil : type }
    return remote.contains(type) ? type : nil
  }

  private static func type(at path: String, mounts: String) -> String? {
    var found: (point: String, type: String)?
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
      let point = fields[4].contains("\\") ? fields[4].replacing("\\040", with: " ") : fields[4]
      guard path == point || point == "/" || path.hasPrefix(point + "/") else { continue }
      if point.count >= found?.point.count ?? 0 { found = (String(point), String(fields[dash + 1])) }
    }
    return found?.type
  }

  private static let kernels: Set = [
    "proc", "sysfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf",
  ]

  private static let remote: Set = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "ceph", "afs", "coda", "lustre", "gpfs", "beegfs", "gfs2",
    "ocfs2", "vboxsf", "vmhgfs", "fuse",
  ]
}
