import Dispatch
import Foundation

/// A program run as a child: input from nowhere, output into files, ended after `patience`.
struct Child {
  struct End {
    /// The exit code, or 128 and the signal's number.
    var code: Int32
    /// Seconds from before it was started until it was reaped.
    var wall: Double
    /// Seconds of user and system time.
    var cpu: Double
    /// Maximum resident set, bytes. Linux counts what the parent held when it forked, so this is never less.
    var peak: Int
  }

  let pid: pid_t
  let output: String
  let errors: String
  private let start = Clock.now

  /// `program` is a path, or a name to look for in PATH. The environment is PATH and `environment`, nothing else.
  init(_ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String) throws {
    output = folder + "/out-\(UInt32.random(in: 0 ... .max))"
    errors = output + ".err"
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let variables = environment.merging(["PATH": path]) { given, _ in given }.map { "\($0)=\($1)" }
    var pid: pid_t = 0
    let result = Self.spawn(&pid, [program] + arguments, variables, output: output, errors: errors)
    guard result == 0 else { throw Trouble("\(program) cannot be started: \(String(cString: strerror(result)))") }
    Leftovers.began(pid)
    self.pid = pid
  }

  func send(_ signal: Int32) { Leftovers.signal(pid, signal) }

  /// Waits for the end; after `patience` seconds it is killed.
  func wait(patience: Double = 30) -> End {
    let end = DispatchWorkItem { [pid] in Leftovers.signal(pid, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + patience, execute: end)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    let wall = Clock.now - start
    Leftovers.ended(pid)
    end.cancel()
    let signal = status & 0x7F
    return End(
      code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, wall: wall,
      cpu: usage.ru_utime.seconds + usage.ru_stime.seconds, peak: usage.peak)
  }

  /// Waits for the end, and answers the highest that `count` of /proc/PID/status was seen at, in bytes: `VmHWM` for all
  /// that is resident, `RssAnon` for what the process took for itself. Unlike what is left when it was reaped, that has
  /// nothing of the parent's. 0 where there is no procfs.
  func peakWhileRunning(_ count: String) -> (peak: Int, end: End) {
    var peak = 0
    while let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(count + ":") }),
      let kibibytes = Int(line.filter(\.isNumber))
    {
      peak = max(peak, kibibytes * 1024)
      usleep(300)
    }
    return (peak, wait())
  }

  var outputText: String { Self.text(output) }
  var errorText: String { Self.text(errors) }

  /// Runs to the end, which must be one of `expecting`.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String,
    expecting: Set<Int32> = [0]
  ) throws -> (end: End, output: String) {
    let child = try Child(program, arguments, environment: environment, in: folder)
    let end = child.wait()
    guard expecting.contains(end.code) else {
      throw Trouble("\(program) \(arguments.joined(separator: " ")): exit \(end.code)\n\(child.errorText)")
    }
    return (end, child.outputText)
  }

  /// Whether PATH leads to `program`.
  static func has(_ program: String) -> Bool {
    (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").contains {
      access("\($0)/\(program)", X_OK) == 0
    }
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  private static func spawn(
    _ pid: inout pid_t, _ arguments: [String], _ variables: [String], output: String, errors: String
  ) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = variables.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    return posix_spawnp(&pid, arguments[0], &actions, nil, &argv, &envp)
  }
}

extension timeval {
  fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}

extension rusage {
  /// Bytes; Linux counts in KiB, macOS in bytes.
  var peak: Int {
    #if canImport(Darwin)
      Int(ru_maxrss)
    #else
      Int(ru_maxrss) * 1024
    #endif
  }
}
