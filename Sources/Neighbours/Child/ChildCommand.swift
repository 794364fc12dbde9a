internal import RotationCore
private import Subprocess
private import Synchronization

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

#if canImport(System)
  private import System
#else
  private import SystemPackage
#endif

/// A program of the operator's: argv, no shell, a process group of its own, a given environment, bounded output, an end.
struct ChildCommand: Sendable {
  /// Bytes of output that are kept: the last ones.
  static let keptOutput = 8_192

  let argv: [String]
  let folder: String
  let environment: [String: String]
  let timeout: Swift.Duration

  /// What a child may see: no `KEYTURN_*` and nothing `withheld`.
  static func environment(_ all: [String: String], withholding withheld: Set<String>) -> [String: String] {
    all.filter { !$0.key.hasPrefix("KEYTURN_") && !withheld.contains($0.key) }
  }

  /// Runs it to its end and returns the tail of its output, redacted. Throws for a non-zero exit, a signal, a time-out (its
  /// whole group is killed) and a program that cannot be started. A process that it leaves behind is not waited for.
  func run() async throws(ChildFailure) -> String {
    guard let program = argv.first, !program.isEmpty else { throw ChildFailure(.notStarted, "no program is named") }
    let tail = Tail(limit: Self.keptOutput)
    let ended: (status: TerminationStatus, inTime: Bool)
    do { ended = try await launch(program, tail) } catch {
      if Task.isCancelled { throw ChildFailure(.cancelled, "\(program) was ended, since Keyturn was stopped") }
      throw Self.failure(error, program: program, folder: folder)
    }
    let said = Redaction.tail(tail.text)
    let output = said.isEmpty ? "" : ": " + said
    guard ended.inTime else {
      throw ChildFailure(.timedOut, "\(program) did not end within \(timeout.short) and was killed\(output)")
    }
    if Task.isCancelled { throw ChildFailure(.cancelled, "\(program) was ended, since Keyturn was stopped") }
    switch ended.status {
    case .exited(0): return said
    case .exited(let code): throw ChildFailure(.exited(code), "\(program) ended with exit code \(code)\(output)")
    case .signaled(let signal): throw ChildFailure(.signalled(signal), "\(program) ended by signal \(signal)\(output)")
    }
  }

  /// Runs it to its end with `input` on its standard input, and returns all that it wrote to standard output. Standard
  /// error is kept for a message, redacted. A non-zero exit is an answer here; throws for a signal, a time-out, output
  /// past `limit` and a program that cannot be started.
  func ask(_ input: [UInt8], limit: Int = 262_144) async throws(ChildFailure) -> Answer {
    guard let program = argv.first, !program.isEmpty else { throw ChildFailure(.notStarted, "no program is named") }
    let (out, tail) = (Tail(limit: limit + 1), Tail(limit: Self.keptOutput))
    let ended: (status: TerminationStatus, inTime: Bool)
    do { ended = try await converse(program, input, out, tail) } catch {
      if Task.isCancelled { throw ChildFailure(.cancelled, "\(program) was ended, since Keyturn was stopped") }
      throw Self.failure(error, program: program, folder: folder)
    }
    let said = Redaction.tail(tail.text)
    let output = said.isEmpty ? "" : ": " + said
    guard ended.inTime else {
      throw ChildFailure(.timedOut, "\(program) did not end within \(timeout.short) and was killed\(output)")
    }
    switch ended.status {
    case .signaled(let signal): throw ChildFailure(.signalled(signal), "\(program) ended by signal \(signal)\(output)")
    case .exited(let code):
      let bytes = out.bytes
      guard bytes.count <= limit else { throw ChildFailure(.exited(code), "\(program) wrote more than \(limit) bytes") }
      return Answer(code: code, output: bytes, said: said)
    }
  }

  struct Answer: Sendable {
    var code: Int32
    var output: [UInt8]
    /// The end of standard error, redacted.
    var said: String
  }

  private func launch(_ program: String, _ tail: Tail) async throws -> (status: TerminationStatus, inTime: Bool) {
    let result = try await Subprocess.run(
      executable(program), arguments: Arguments(Array(argv.dropFirst())), environment: .custom(variables),
      workingDirectory: FilePath(folder), platformOptions: Self.options, input: .none, output: .sequence,
      error: .combinedWithOutput
    ) { execution in
      try await supervise(execution.processIdentifier.value) {
        for try await part in execution.standardOutput { part.withUnsafeBytes { tail.append($0) } }
      } kill: {
        try? execution.send(signal: .kill, toProcessGroup: true)
      }
    }
    return (result.terminationStatus, result.closureResult)
  }

  private func converse(_ program: String, _ input: [UInt8], _ out: Tail, _ tail: Tail) async throws
    -> (status: TerminationStatus, inTime: Bool)
  {
    let result = try await Subprocess.run(
      executable(program), arguments: Arguments(Array(argv.dropFirst())), environment: .custom(variables),
      workingDirectory: FilePath(folder), platformOptions: Self.options, input: .inputWriter, output: .sequence,
      error: .sequence
    ) { execution in
      try await supervise(execution.processIdentifier.value) {
        async let told: Void = {
          for try await part in execution.standardError { part.withUnsafeBytes { tail.append($0) } }
        }()
        // A program that does not read its input is no trouble.
        _ = try? await execution.standardInputWriter.write(input)
        try? await execution.standardInputWriter.finish()
        for try await part in execution.standardOutput { part.withUnsafeBytes { out.append($0) } }
        try await told
      } kill: {
        try? execution.send(signal: .kill, toProcessGroup: true)
      }
    }
    return (result.terminationStatus, result.closureResult)
  }

  private func executable(_ program: String) -> Executable {
    program.contains("/") ? .path(FilePath(folder).pushing(FilePath(program))) : .name(program)
  }

  private var variables: [Environment.Key: String] {
    environment.reduce(into: [:]) { result, variable in
      if let key = Environment.Key(rawValue: variable.key) { result[key] = variable.value }
    }
  }

  private static var options: PlatformOptions {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
    ]
    return options
  }

  /// Until the child ended and `drain` has all that it said. False when it had to be killed for being late.
  private func supervise(
    _ process: pid_t, _ drain: @escaping @Sendable () async throws -> Void, kill: @escaping @Sendable () -> Void
  ) async throws -> Bool {
    try await withThrowingTaskGroup(of: Event.self) { group in
      group.addTask {
        try await drain()
        return .drained
      }
      group.addTask {
        while !Self.hasEnded(process) { try await Task.sleep(for: .milliseconds(20)) }
        return .ended
      }
      group.addTask {
        try await Task.sleep(for: timeout)
        return .late
      }
      var (awaited, inTime) = (Set([Event.drained, .ended]), true)
      while !awaited.isEmpty, let event = try await group.next() {
        awaited.remove(event)
        guard event == .late else { continue }
        inTime = false
        kill()
      }
      group.cancelAll()
      return inTime
    }
  }

  private enum Event { case drained, ended, late }

  /// Whether the child is a zombie; it is reaped only after its run returned, so its id is still its own.
  private static func hasEnded(_ process: pid_t) -> Bool {
    var information = siginfo_t()
    let answer = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return answer != 0 ? errno == ECHILD : information.si_signo == SIGCHLD
  }

  private static func failure(_ error: any Error, program: String, folder: String) -> ChildFailure {
    switch (error as? SubprocessError)?.code {
    case .executableNotFound: ChildFailure(.notStarted, "the program \(program) is not found or cannot be run")
    case .failedToChangeWorkingDirectory: ChildFailure(.notStarted, "the folder \(folder) cannot be entered")
    default: ChildFailure(.notStarted, "\(program) could not be started: \(Redaction.line("\(error)"))")
    }
  }

  /// The last bytes of an output.
  private final class Tail: Sendable {
    private let kept = Mutex<[UInt8]>([])
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func append(_ bytes: UnsafeRawBufferPointer) {
      kept.withLock { kept in
        kept.append(contentsOf: bytes.suffix(limit))
        if kept.count > limit { kept.removeFirst(kept.count - limit) }
      }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var bytes: [UInt8] { kept.withLock { $0 } }
  }
}

/// Why a child did not end well.
struct ChildFailure: Error, Equatable {
  enum Kind: Equatable { case notStarted, exited(Int32), signalled(Int32), timedOut, cancelled }

  let kind: Kind
  let reason: String

  init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
