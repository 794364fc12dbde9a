internal import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file, a pipe or, for `-`, standard input, open for reading. A pipe that says nothing is waited for, with a word about
/// it after a second, until it ends or a stop is asked for.
struct InputFile: ~Copyable {
  private let descriptor: Descriptor
  private let path: String
  private let configuration: Configuration
  private let refusal: (String) -> Failure

  /// `refusal` makes the failure of a reason such as "cannot be read".
  init(_ path: String, _ configuration: Configuration, refusal: @escaping (String) -> Failure) throws(Failure) {
    let file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw refusal(Self.unreadable(errno)) }
    descriptor = Descriptor(number: file)
    self.path = path
    self.configuration = configuration
    self.refusal = refusal
  }

  deinit { close(descriptor.number) }

  /// Fills `room` as far as there is something to read; fewer bytes than that: the end.
  func read(into room: UnsafeMutableRawBufferPointer) -> Result<Int, Failure> {
    let count = descriptor.read(into: room) { patience in
      if patience == Self.slicesBeforeAWord {
        Console(streams: configuration.streams).note("waiting for what \(path) delivers")
      }
      return !configuration.stop.isRequested
    }
    let reason = errno
    if configuration.stop.isRequested { return .failure(Session.stopped) }
    return count.map { .success($0) } ?? .failure(refusal(Self.unreadable(reason)))
  }

  /// A second.
  private static let slicesBeforeAWord = 10

  private static func unreadable(_ reason: Int32) -> String { "cannot be read (\(String(cString: strerror(reason))))" }
}
