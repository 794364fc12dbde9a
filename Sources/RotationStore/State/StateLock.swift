package import Foundation
package import RotationCore
private import Synchronization

/// The right to write one state: `flock` on `state/lock`, held until `release`, the last reference's end or the
/// process's, whatever kills it. The file stays; what it says is for people and never decides anything.
package final class StateLock: Sendable {
  /// Who holds the state, as a second one is told.
  package struct Holder: Sendable, Hashable, Codable {
    package var operatorName: String
    package var pid: Int32
    package var host: String
    package var since: Date
    /// The command's name, as typed but without its arguments' values.
    package var command: String

    package init(operatorName: String, pid: Int32, host: String, since: Date, command: String) {
      self.operatorName = operatorName
      self.pid = pid
      self.host = host
      self.since = since
      self.command = command
    }

    private enum CodingKeys: String, CodingKey {
      case pid, host, since, command
      case operatorName = "operator"
    }
  }

  package let folder: StateFolder
  package let holder: Holder
  private let descriptor: Mutex<Int32?>

  /// Takes the state or throws `stateBusy`, naming who has it and since when. Never waits. The folder must exist.
  package init(folder: StateFolder, holder: Holder) throws(Failure) {
    let descriptor = try Self.lock(folder.lockPath, on: holder.host)
    self.folder = folder
    self.holder = holder
    self.descriptor = Mutex(descriptor)
    Self.write(holder, to: descriptor)
  }

  deinit { release() }

  /// Lets others in. Safe to call twice.
  package func release() {
    descriptor.withLock { held in
      guard let open = held else { return }
      ftruncate(open, 0)
      // A child that is just being started has a copy of the descriptor until it becomes its program.
      flock(open, LOCK_UN)
      close(open)
      held = nil
    }
  }

  /// Who holds `folder` just now, by his own word; nil where nobody does or nobody said so. For people: the next moment
  /// may differ. A lock that was left in peace says nothing, so that only what a killed process left is tried.
  package static func holder(of folder: StateFolder) -> Holder? {
    let descriptor = open(folder.lockPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let holder = readHolder(descriptor) else { return nil }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK ? holder : nil
  }

  var isHeld: Bool { descriptor.withLock { $0 != nil } }

  private static func lock(_ path: String, on host: String) throws(Failure) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else {
        throw Failure(
          .stateNotWritable, "the lock \(path) cannot be opened",
          remedy: ["look at the folder's permissions, and that \(path) is a plain file"],
          cause: String(cString: strerror(errno)))
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let reason = errno
        defer { close(descriptor) }
        throw reason == EWOULDBLOCK ? busy(readHolder(descriptor), path, host) : unlockable(path, reason)
      }
      // A lock on a file that was removed or replaced meanwhile excludes nobody.
      if FileStatus(descriptor: descriptor)?.identity == FileStatus(at: path)?.identity { return descriptor }
      close(descriptor)
    }
  }

  private static func busy(_ holder: Holder?, _ path: String, _ host: String) -> Failure {
    guard let holder else {
      return Failure(
        .stateBusy, "another process holds the state and has not said who it is (\(path))", remedy: ["try again"])
    }
    let isStopped = holder.host == host && isStopped(holder.pid)
    let ending = "ending it loses nothing: the next run goes on from what is recorded"
    return Failure(
      .stateBusy,
      "\(holder.operatorName) holds the state since \(holder.since.iso8601) "
        + "(\(holder.command), process \(holder.pid) on \(holder.host)\(isStopped ? ", which is stopped" : ""))",
      remedy: [
        isStopped
          ? "let it go on: kill -CONT \(holder.pid); or end it: kill -KILL \(holder.pid); \(ending)"
          : "wait until it ends, or ask \(holder.operatorName); where it hangs, \(ending)",
        "keyturn status works meanwhile",
      ])
  }

  /// By Ctrl-Z, or a signal: it lets nobody in until it goes on or ends.
  private static func isStopped(_ pid: Int32) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let name = text.lastIndex(of: ")")
    else { return false }
    return text[name...].split(separator: " ").dropFirst().first == "T"
  }

  private static func unlockable(_ path: String, _ reason: Int32) -> Failure {
    Failure(
      .stateNotWritable, "\(path) cannot be locked", remedy: ["keep the state on a local disk: --state DIR"],
      cause: String(cString: strerror(reason)))
  }

  private static func write(_ holder: Holder, to descriptor: Int32) {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(holder) else { return }
    ftruncate(descriptor, 0)
    _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func readHolder(_ descriptor: Int32) -> Holder? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try? decoder.decodeStrictly(Holder.self, from: Data(buffer.prefix(count)))
  }
}
