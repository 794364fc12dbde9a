import Foundation
import Testing

/// One simulator in which rotation follows upon rotation, each from a state folder of its own, with everything that takes
/// time set to none.
final class CrashWorld {
  let simulation: Simulation
  private let whole: [String]
  private var round = 0
  private(set) var state: URL
  private var callsBefore = 0
  private var portalBefore: [String] = []

  /// The law's arrows as the program prints them: `from step to`.
  let arrows: Set<String>

  init() async throws {
    simulation = try await Simulation("--adds", "0", "--removals", "0", "--reload-time", "0")
    var text = try String(contentsOfFile: simulation.runbook, encoding: .utf8)
    text.replace(/(propagation|overlap|quarantine|settle|interval): \d+s/) { "\($0.1): 0s" }
    text.replace("successes: 3", with: "successes: 1")
    try Data(text.utf8).write(to: URL(filePath: simulation.runbook))
    state = simulation.folder.appending(path: "none")
    let diagram = try await simulation.program("runbook", "diagram").out
    arrows = Set(
      diagram.matches(of: /(\w+) --> (\w+): (.+)/).flatMap { match in
        match.3.split(separator: ", ").map { "\(match.1) \($0) \(match.2)" }
      })
    #expect(arrows.count > 20)
    whole = ["rotate", simulation.runbook, "--yes", "--wait", "--json"]
  }

  var pointsLog: URL { simulation.folder.appending(path: "points-\(round)") }
  var points: [String] {
    get throws { try String(contentsOf: pointsLog, encoding: .utf8).split(separator: "\n").map(String.init) }
  }

  /// A new state, and with `verified` a rotation that has come so far.
  func begin(verified: Bool) async throws {
    round += 1
    try? FileManager.default.removeItem(at: state)
    state = simulation.folder.appending(path: "state-\(round)")
    callsBefore = try #require(try await simulation.get("/_simulator/calls")["total"] as? Int)
    portalBefore = try await simulation.listedKids()
    if verified {
      let answer = try await self(whole + ["--until", "verified"])
      #expect(answer.phase == "verified", "\(answer.err)")
    }
  }

  @discardableResult
  func callAsFunction(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> Program.Answer {
    try await simulation.program(arguments, environment: environment.merging(["KEYTURN_STATE": state.path]) { $1 })
  }

  func start(_ arguments: [String]) throws -> Process {
    let process = simulation.program.start(arguments, environment: ["KEYTURN_STATE": state.path])
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// What goes on from here: forward, or with `back` back once there is something to go back from.
  func command(back: Bool) async throws -> [String] {
    guard back else { return whole }
    let phase = try await self(["status", "--json"]).phase
    let fromHere = ["published", "proven", "swapped", "deployed", "verified"].contains(phase)
    return fromHere ? ["rollback", "--yes", "--reason", "crash test", "--json"] : whole
  }

  /// Runs to the end, undisturbed, and holds what happened against the law.
  func finish(back: Bool, _ place: Comment) async throws {
    // 3: it was rolled back already, and a new rotation is refused; what the dead left in the log is signed all the same.
    let answer = try await self(try await command(back: back))
    #expect([0, 3, 6].contains(answer.status), "\(place): \(answer.err)")
    try await RotationHistory(self).check(place)
  }

  // MARK: What there is to judge by

  func calls() async throws -> [[String: Any]] {
    let answer = try await simulation.get("/_simulator/calls")
    let calls = try #require(answer["calls"] as? [[String: Any]])
    let total = try #require(answer["total"] as? Int)
    return Array(calls.suffix(total - callsBefore))
  }

  /// Every entry of our log. Exporting verifies it; what no checkpoint signs is left out.
  func entries() async throws -> [[String: Any]] {
    let folder = simulation.folder.appending(path: "export-\(round)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let answer = try await self(["audit", "export", folder.path, "--json"])
    #expect(answer.status == 0, "\(answer.err)")
    #expect(try answer.json["beyond_checkpoint"] as? Int == 0)
    let lines = try String(contentsOf: folder.appending(path: "entries.jsonl"), encoding: .utf8)
    return try lines.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  var keysBefore: [String] { portalBefore }
}
