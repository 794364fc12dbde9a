import Foundation
import FoundationNetworking
import Testing

/// A fresh `keyturn serve` over a state with past rotations, judged by programs that are not ours: PyPI's schemathesis
/// and Debian's promtool. Where one is missing, its part is skipped on a desk, saying so, and fails in CI (`CI=true`).
@Suite struct ConformanceTests {
  private static let secret = "0123456789abcdef0123456789abcdef"
  private static let variables = ProcessInfo.processInfo.environment
  /// Cases that schemathesis makes up for each operation.
  private static let examples = variables["KEYTURN_CONFORMANCE_EXAMPLES"] ?? "15"

  @Test func `foreign tools find no fault, and every route answers`() async throws {
    let simulation = try await Simulation("--adds", "0", "--removals", "0", "--reload-time", "0")
    try await rotate(simulation)
    let served = try await Served(simulation, secret: Self.secret)
    let paths = try await everyPath(served)
    for path in paths {
      let answer = try await served.get(path)
      #expect(answer.status == 200, "\(path): \(String(decoding: answer.body, as: UTF8.self).prefix(300))")
    }
    let metrics = try await served.get("/metrics").body
    try await use("promtool", ["check", "metrics"], input: metrics, from: "Debian's package prometheus")
    try await use(
      "schemathesis",
      [
        "run", "\(served.url)/openapi.yaml", "--checks", "all", "--header", "Authorization: Bearer \(Self.secret)",
        "--seed", "1", "--max-examples", Self.examples, "--generation-database", "none", "--no-color",
      ], in: simulation.folder, from: "PyPI")
    let (status, log) = try await served.stop()
    #expect(status == 0)
    let routes = try await routes(served.document)
    #expect(routes.count == 11)
    let requests = log.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    let answered = requests.filter { $0["status"] as? Int == 200 }.compactMap { $0["route"] as? String }
    #expect(Set(routes).subtracting(answered) == ["/session"], "each other route is answered 200 at least once")
    #expect(requests.count > paths.count && !requests.contains { $0["status"] as? Int == 500 })
    #expect(!log.contains(Self.secret))
    print("conformance: \(requests.count) requests, 200 from \(Set(answered).count) of \(routes.count) routes")
  }

  /// One rotation to its end, one rolled back, and one that stands open.
  private func rotate(_ simulation: Simulation) async throws {
    func run(_ status: Int32, _ arguments: String...) async throws {
      let answer = try await simulation.program(arguments + ["--json"])
      #expect(answer.status == status, "\(arguments[0]): \(answer.err)")
    }
    try await run(0, "rotate", simulation.runbook, "--yes", "--wait")
    try await run(0, "rotate", simulation.runbook, "--yes", "--wait", "--new", "--until", "published")
    try await run(6, "rollback", "--yes", "--reason", "conformance")
    try await run(0, "rotate", simulation.runbook, "--yes", "--wait", "--new", "--until", "published")
  }

  /// Every path that answers 200 to a GET, with the rotations and a tile that are really there.
  private func everyPath(_ served: Served) async throws -> [String] {
    let history = try await served.json("/api/v1/rotations")
    let rotations = try #require(history["rotations"] as? [[String: Any]]).compactMap { $0["rotation"] as? String }
    #expect(rotations.count == 3)
    let checkpoint = String(decoding: try await served.get("/log/checkpoint").body, as: UTF8.self)
    let size = try #require(Int(checkpoint.split(separator: "\n")[1]))
    let width = size % 256
    let tiles = ["0", "entries"].map { "/log/tile/\($0)/\(size < 256 ? "000" : "001").p/\(width)" }
    return ["/", "/healthz", "/metrics", "/openapi.yaml", "/api/v1/rotations", "/api/v1/expiry", "/log/checkpoint"]
      + ["/api/v1/_internal/maskinporten/readiness"] + rotations.map { "/api/v1/rotations/\($0)" } + tiles
  }

  private func routes(_ document: String) async throws -> [String] {
    document.split(separator: "\n").filter { $0.hasPrefix("  /") && $0.hasSuffix(":") }
      .map { String($0.dropFirst(2).dropLast()) }
  }

  /// Runs a program of others', which must be content.
  private func use(
    _ name: String, _ arguments: [String], input: Data = Data(), in folder: URL? = nil, from source: String
  ) async throws {
    let folders = (Self.variables["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    guard let path = folders.map({ "\($0)/\(name)" }).first(where: FileManager.default.isExecutableFile) else {
      #expect(Self.variables["CI"] != "true", "\(name) is missing, and CI demands it")
      print("SKIPPED: \(name) (\(source)) is not installed; `make conformance` fetches it")
      return
    }
    let (status, said) = try await offThePool {
      let process = Process()
      process.executableURL = URL(filePath: path)
      process.arguments = arguments
      process.currentDirectoryURL = folder
      let (into, out) = (Pipe(), Pipe())
      (process.standardInput, process.standardOutput, process.standardError) = (into, out, out)
      let gathered = Gathered(out)
      try process.run()
      try into.fileHandleForWriting.write(contentsOf: input)
      try into.fileHandleForWriting.close()
      process.waitUntilExit()
      return (process.terminationStatus, gathered.text())
    }
    #expect(status == 0, "\(name) says:\n\(said)")
    print("conformance: \(name) \(arguments[0]) is content")
    for line in said.split(separator: "\n") where line.contains(" generated, ") { print("conformance: \(line)") }
  }
}

/// `keyturn serve` on a free port, ended with its owner.
private final class Served {
  let url: String
  let document: String
  private let process: Process
  private let said: Gathered
  private let secret: String

  init(_ simulation: Simulation, secret: String) async throws {
    self.secret = secret
    process = simulation.program.start(
      ["serve", "--port", "0", "--json"],
      environment: ["INTERNAL_API_SECRET": secret, "MASKINPORTEN_MODE": "mock"])
    let (out, err) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (out, err)
    process.standardInput = FileHandle.nullDevice
    said = Gathered(err)
    try process.run()
    let line = try await offThePool { out.fileHandleForReading.availableData }
    let start = try #require(JSONSerialization.jsonObject(with: line) as? [String: Any])
    url = try #require(start["url"] as? String)
    let (data, _) = try await URLSession.shared.data(from: #require(URL(string: url + "/openapi.yaml")))
    document = String(decoding: data, as: UTF8.self)
  }

  func get(_ path: String) async throws -> (status: Int, body: Data) {
    var request = URLRequest(url: try #require(URL(string: url + path)))
    request.setValue("Bearer \(secret)", forHTTPHeaderField: "Authorization")
    let (data, response) = try await URLSession.shared.data(for: request)
    return (try #require(response as? HTTPURLResponse).statusCode, data)
  }

  func json(_ path: String) async throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: try await get(path).body) as? [String: Any])
  }

  /// Ends it as systemd does; what it was asked stands in its log.
  func stop() async throws -> (status: Int32, log: String) {
    let (process, said) = (process, said)
    return try await offThePool {
      process.terminate()
      process.waitUntilExit()
      return (process.terminationStatus, said.text())
    }
  }

  deinit {
    if process.isRunning { process.terminate() }
  }
}
