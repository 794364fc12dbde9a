import Foundation
import FoundationNetworking
import Synchronization
import Testing

/// The real binary, as an operator runs it.
struct Program {
  struct Answer: Sendable {
    var status: Int32
    var out: String
    var err: String
    var reason = Process.TerminationReason.exit

    var json: [String: Any] {
      get throws { try #require(JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any]) }
    }
    var phase: String? { (try? json)?["phase"] as? String }
  }

  /// Beside the test bundle.
  static var path: String {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "keyturn").path
  }

  var environment: [String: String]

  func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) async throws -> Answer {
    try await self(arguments, environment: environment)
  }

  func callAsFunction(_ arguments: [String], input: String = "", environment extra: [String: String] = [:])
    async throws -> Answer
  {
    let process = start(arguments, environment: extra)
    return try await offThePool { try Self.run(process, input: input) }
  }

  /// A line for the shell that ends by running the program.
  struct Shell { var script: String }

  func callAsFunction(_ shell: Shell, environment extra: [String: String] = [:]) async throws -> Answer {
    let process = start(["-c", shell.script], environment: extra)
    process.executableURL = URL(filePath: "/bin/sh")
    return try await offThePool { try Self.run(process) }
  }

  /// Runs to the end. `meanwhile` gets what the process says on standard error, as far as it has.
  static func run(_ process: Process, input: String = "", meanwhile: (Gathered) throws -> Void = { _ in }) throws
    -> Answer
  {
    let out = Pipe()
    let err = Pipe()
    let into = Pipe()
    process.standardOutput = out
    process.standardError = err
    process.standardInput = into
    let gatheredOut = Gathered(out)
    let gatheredErr = Gathered(err)
    try process.run()
    into.fileHandleForWriting.write(Data(input.utf8))
    try into.fileHandleForWriting.close()
    try meanwhile(gatheredErr)
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus, out: gatheredOut.text(), err: gatheredErr.text(),
      reason: process.terminationReason)
  }

  /// Starts the program with nothing to say and nobody listening.
  func startMuted(_ arguments: String...) throws -> Process {
    let process = start(arguments)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  func start(_ arguments: [String], environment extra: [String: String] = [:]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: Self.path)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "TZ": "Europe/Oslo"].merging(environment) {
      $1
    }
    .merging(extra) { $1 }
    return process
  }
}

/// Says why a test says nothing here. In CI (`CI=true`) that is a failure.
func skip(_ reason: String) {
  guard ProcessInfo.processInfo.environment["CI"] != "true" else {
    Issue.record("CI demands what is missing: \(reason)")
    return
  }
  print("skipped: \(reason)")
}

/// Runs what blocks on a thread of its own, so that other tests go on.
func offThePool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
  }
}

/// Reads a pipe to its end beside the process, so that a full pipe never stops it.
final class Gathered: Sendable {
  private let done = DispatchSemaphore(value: 0)
  private let data = Mutex(Data())

  init(_ pipe: Pipe) {
    let file = pipe.fileHandleForReading
    DispatchQueue.global().async { [self] in
      while case let more = file.availableData, !more.isEmpty { data.withLock { $0 += more } }
      done.signal()
    }
  }

  var soFar: String { data.withLock { String(decoding: $0, as: UTF8.self) } }

  func text() -> String {
    done.wait()
    return soFar
  }
}

/// `keyturn simulate` in a folder of its own; ended with the test.
final class Simulation {
  let folder: URL
  let runbook: String
  /// The live pair of a hosted app, which no target tells.
  let outgoing: (kid: String, pem: String)?
  let port: Int
  let program: Program
  private let process: Process

  init(_ options: String..., faults: String? = nil) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "keyturn-e2e-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var arguments = ["simulate", "--dir", folder.appending(path: "site").path] + options
    if let faults {
      let file = folder.appending(path: "faults.json")
      try Data(faults.utf8).write(to: file)
      arguments += ["--faults", file.path]
    }
    process = Program(environment: [:]).start(arguments)
    let out = Pipe()
    process.standardOutput = out
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let line = try await offThePool {
      var line = Data()
      while !line.contains(UInt8(ascii: "\n")) {
        let more = out.fileHandleForReading.availableData
        if more.isEmpty { break }
        line += more
      }
      return line
    }
    let first = line.split(separator: UInt8(ascii: "\n")).first ?? Data()
    let start = try #require(JSONSerialization.jsonObject(with: first) as? [String: Any])
    port = try #require(start["port"] as? Int)
    runbook = try #require(start["runbook"] as? String)
    outgoing = (start["outgoing"] as? [String: String]).flatMap { live in
      live["kid"].flatMap { kid in live["pem_file"].map { (kid, $0) } }
    }
    let environment = try #require(start["environment"] as? [String: String])
    program = Program(environment: environment.merging(["KEYTURN_STATE": folder.appending(path: "state").path]) { $1 })
  }

  var state: URL { folder.appending(path: "state") }
  var envFile: URL { folder.appending(path: "site/.env") }

  deinit {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  func get(_ path: String) async throws -> [String: Any] {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
    let (data, _) = try await URLSession.shared.data(from: url)
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  struct Count { var granted: Int; var refused: Int }

  /// Token requests of the app, by kid.
  func appCounts() async throws -> [String: Count] {
    let counts = try #require(try await get("/_simulator/calls")["app"] as? [String: [String: Int]])
    return counts.mapValues { Count(granted: $0["granted"] ?? 0, refused: $0["refused"] ?? 0) }
  }

  func listedKids() async throws -> [String] {
    let clients = try #require(try await get("/_simulator/state")["clients"] as? [[String: Any]])
    return clients.filter { ($0["client_id"] as? String) == program.environment["MASKINPORTEN_CLIENT_ID"] }
      .flatMap { ($0["keys"] as? [[String: Any]] ?? []).compactMap { $0["kid"] as? String } }
  }
}
