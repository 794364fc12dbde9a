package import Foundation
package import RotationCore
private import Synchronization

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Where a command's words go to and come from.
package struct Streams: Sendable {
  package var out: @Sendable (String) -> Void
  package var err: @Sendable (String) -> Void
  package var outIsTerminal: Bool
  package var errIsTerminal: Bool
  package var inIsTerminal: Bool
  /// A line that a person typed; nil at the end.
  package var readLine: @Sendable () -> String?
  /// The same, not echoed.
  package var readSecret: @Sendable () -> SecretString?
  /// The hour as people on this machine say it; nil where that is UTC.
  package var localTime: @Sendable (Date) -> String?
  /// Why words for `out` were lost; nil where all were taken, or where their reader went away.
  package var lostOutput: @Sendable () -> String?

  package init(
    out: @escaping @Sendable (String) -> Void, err: @escaping @Sendable (String) -> Void, outIsTerminal: Bool = false,
    errIsTerminal: Bool = false, inIsTerminal: Bool = false,
    readLine: @escaping @Sendable () -> String? = { nil },
    readSecret: @escaping @Sendable () -> SecretString? = { nil },
    localTime: @escaping @Sendable (Date) -> String? = { _ in nil },
    lostOutput: @escaping @Sendable () -> String? = { nil }
  ) {
    self.out = out
    self.err = err
    self.outIsTerminal = outIsTerminal
    self.errIsTerminal = errIsTerminal
    self.inIsTerminal = inIsTerminal
    self.readLine = readLine
    self.readSecret = readSecret
    self.localTime = localTime
    self.lostOutput = lostOutput
  }

  /// A prompt can be shown and answered.
  package var canAsk: Bool { inIsTerminal && errIsTerminal }

  /// This process's own.
  package static let process = Streams(
    out: { text in
      if let reason = write(text, to: STDOUT_FILENO) { loss.withLock { $0 = $0 ?? reason } }
    }, err: { _ = write($0, to: STDERR_FILENO) },
    outIsTerminal: isatty(STDOUT_FILENO) == 1, errIsTerminal: isatty(STDERR_FILENO) == 1,
    inIsTerminal: isatty(STDIN_FILENO) == 1, readLine: { Swift.readLine() }, readSecret: { readWithoutEcho() },
    localTime: { local($0) }, lostOutput: { loss.withLock(\.self) })

  private static let loss = Mutex<String?>(nil)

  /// Returns why the text was not taken. A reader that went away is no reason to stop working.
  private static func write(_ text: String, to descriptor: Int32) -> String? {
    Array(text.utf8).withUnsafeBytes { bytes in
      if Descriptor(number: descriptor).write(bytes) { return nil }
      return errno == EPIPE ? nil : String(cString: strerror(errno))
    }
  }

  /// The terminal as it was, for the signal that ends the program at a prompt. Written before that signal is caught.
  private nonisolated(unsafe) static var echoing = termios()

  /// At a prompt nothing was begun: a signal ends the process at once.
  private static let restoreEchoAndEnd: @convention(c) (Int32) -> Void = { _ in
    tcsetattr(STDIN_FILENO, TCSANOW, &Streams.echoing)
    _exit(ExitStatus.midway.rawValue)
  }

  private static func readWithoutEcho() -> SecretString? {
    guard tcgetattr(STDIN_FILENO, &echoing) == 0 else { return nil }
    var silent = echoing
    silent.c_lflag &= ~tcflag_t(ECHO)
    let former = [SIGINT, SIGTERM, SIGHUP].map { number in
      (number, signal(number, restoreEchoAndEnd))
    }
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &echoing)
      for (number, handler) in former { signal(number, handler) }
    }
    return Swift.readLine().map(SecretString.init)
  }

  private static func local(_ date: Date) -> String? {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil, parts.tm_gmtoff != 0 else { return nil }
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%a %d %b %H:%M %Z", &parts)
    return count == 0 ? nil : String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
