import Foundation
import RotationCore
import Testing

@testable import RotationStore

@Suite struct StateFolderTests {
  let place: Workplace

  init() throws { place = try Workplace() }

  @Test func `a missing folder and its parents are made for their owner alone`() throws {
    let folder = StateFolder(path: place.root + "/a/b/state")
    try folder.prepare()
    #expect(place.permissions(of: folder.path) == 0o700)
    #expect(place.permissions(of: place.root + "/a/b") == 0o700)
  }

  @Test func `a relative path is relative to the working directory`() {
    #expect(StateFolder(path: "state").path == FileManager.default.currentDirectoryPath + "/state")
  }

  @Test func `a missing folder holds no ledger, and what cannot be looked at is an error`() throws {
    #expect(try !place.folder.hasLedger())
    try place.folder.prepare()
    #expect(try !place.folder.hasLedger())
    let file = place.root + "/file"
    try PrivateFile.create(file)
    #expect(failure { _ = try StateFolder(path: file).hasLedger() }?.code == .stateNotWritable)
    #expect(failure { _ = try StateFolder(path: file + "/state").hasLedger() }?.code == .stateNotWritable)
    #expect(failure { _ = try StateFolder(path: "/proc/x/y").hasLedger() }?.code == .stateNotWritable)
    _ = try place.ledger()
    #expect(try place.folder.hasLedger())
  }

  @Test(arguments: [0o750, 0o701, 0o704, 0o720] as [mode_t])
  func `a folder that others can enter, read or write is refused with the chmod that mends it`(mode: mode_t) throws {
    try place.folder.prepare()
    chmod(place.folder.path, mode)
    let failure = failure { try place.folder.check() }
    #expect(failure?.code == .statePermissions)
    #expect(failure?.remedy.first == "chmod 0700 '\(place.folder.path)'")
  }

  @Test func `a database that others can read is refused with the chmod that mends it`() throws {
    try place.folder.prepare()
    try PrivateFile.create(place.folder.databasePath)
    chmod(place.folder.databasePath, 0o640)
    let failure = failure { try place.folder.check() }
    #expect(failure?.code == .statePermissions)
    #expect(failure?.remedy.first == "chmod 0600 '\(place.folder.databasePath)'")
  }

  @Test(arguments: [0o755, 0o750, 0o710] as [mode_t])
  func `a log that others can enter is refused with the chmod that mends it`(mode: mode_t) throws {
    try place.folder.prepare()
    mkdir(place.folder.logPath, 0o700)
    try place.folder.check()
    chmod(place.folder.logPath, mode)
    let failure = failure { try place.folder.check() }
    #expect(failure?.code == .statePermissions)
    #expect(failure?.remedy.first == "chmod 0700 '\(place.folder.logPath)'")
  }

  @Test func `a log that leads elsewhere is refused`() throws {
    try place.folder.prepare()
    symlink(place.root, place.folder.logPath)
    #expect(failure { try place.folder.check() }?.code == .statePermissions)
  }

  @Test(arguments: ["keyturn.sqlite", "keyturn.sqlite-wal", "keyturn.sqlite-journal", "lock"])
  func `a symbolic link in place of a file is refused`(name: String) throws {
    try place.folder.prepare()
    symlink(place.root + "/elsewhere", place.folder.path + "/" + name)
    #expect(failure { try place.folder.check() }?.code == .statePermissions)
  }

  @Test func `something else than a folder is refused`() throws {
    try PrivateFile.create(place.folder.path)
    #expect(failure { try place.folder.prepare() }?.code == .stateNotWritable)
  }

  @Test func `a private file is 0600 whatever the umask leaves, and never replaces one`() throws {
    let path = place.root + "/file"
    try PrivateFile.create(path)
    #expect(place.permissions(of: path) == 0o600)
    #expect(failure { try PrivateFile.create(path) }?.code == .stateNotWritable)
  }

  @Test func `network file systems are told by the mount that is nearest`() {
    let mounts = """
      22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
      40 22 0:35 / /srv rw,relatime shared:2 - nfs4 server:/srv rw,vers=4.2
      41 40 0:36 / /srv/local rw,relatime shared:3 - tmpfs tmpfs rw
      42 22 0:37 / /mnt/my\\040disk rw,relatime - fuse.sshfs you@host: rw
      43 22 0:38 / /pods rw,relatime - fuse.fuse-overlayfs fuse-overlayfs rw
      """
    #expect(FileSystemKind.network(at: "/var/state", mounts: mounts) == nil)
    #expect(FileSystemKind.network(at: "/srv/state", mounts: mounts) == "nfs4")
    #expect(FileSystemKind.network(at: "/srv/local/state", mounts: mounts) == nil)
    #expect(FileSystemKind.network(at: "/srvlocal", mounts: mounts) == nil)
    #expect(FileSystemKind.network(at: "/mnt/my disk/state", mounts: mounts) == "fuse.sshfs")
    #expect(FileSystemKind.network(at: "/pods/state", mounts: mounts) == nil)
  }

  @Test func `the disk that tests run on is local`() { #expect(FileSystemKind.network(at: place.root) == nil) }
}
