import Foundation
import RotationCore

/// The commands that read a long record, against stock tools that read the same bytes, in turns.
struct RecordBench {
  static let rounds = 7

  /// `folder`: on tmpfs where there is one. Takes its rows from the rotations of `simulation`.
  static func run(_ simulation: Simulation, in folder: String) throws -> [Figure] {
    let state = try RecordState(in: folder, after: simulation, entries: 100_000)
    var figures: [Figure] = []
    let size = "\(state.entries) entries of \(state.rotations) rotations"
    if Child.has("sqlite3") {
      figures += try compare(
        "history", ["history"], simulation.program, state, in: folder, goal: 10,
        against: "sqlite3 shell",
        [
          "sqlite3", "-readonly", state.path + "/keyturn.sqlite",
          "select document from rotations order by opened_at desc; select rotation, bytes from log_entries",
        ], how: "\(size); the shell reads the same rows: all rotations, all entries")
      figures += try compare(
        "show", ["show", state.rotation.rawValue], simulation.program, state, in: folder, goal: 10,
        against: "sqlite3 shell",
        [
          "sqlite3", "-readonly", state.path + "/keyturn.sqlite",
          "select document from rotations where id = '\(state.rotation)';"
            + "select idx, bytes from log_entries where rotation = '\(state.rotation)' order by idx",
        ], how: "\(size); the shell reads the same rows: one rotation and its entries")
    } else {
      figures += ["history", "show"].map { .absent("\($0) / sqlite3 shell", because: "the sqlite3 shell is not here") }
    }
    let files = try files(of: state)
    figures += try compare(
      "audit verify", ["audit", "verify"], simulation.program, state, in: folder, goal: 3, against: "sha256sum",
      ["sha256sum"] + files.map(\.path),
      how: "\(size); sha256sum reads the same \(files.count) files, "
        + "\((Double(files.reduce(0) { $0 + $1.size }) / 1_048_576).short) MiB")
    return try figures + memory(simulation, state, in: folder)
  }

  /// Ten times the entries take hardly more of it.
  private static func memory(_ simulation: Simulation, _ large: RecordState, in folder: String) throws -> [Figure] {
    let small = try RecordState(in: folder, after: simulation, entries: large.entries / 10)
    func peaks(of state: RecordState) throws -> [Double] {
      try (0..<3).map { _ in
        let child = try Child(simulation.program, ["audit", "verify", "--state", state.path], in: folder)
        let (peak, end) = child.peakWhileRunning("VmHWM")
        guard end.code == 0 else { throw Trouble("the audit verify that was measured failed\n\(child.errorText)") }
        return Double(peak) / 1_048_576
      }
    }
    let (few, many) = (try peaks(of: small), try peaks(of: large))
    let how = "VmHWM of the process, read while it runs"
    return [
      Figure(
        name: "audit verify, memory", unit: "MiB", samples: many, goal: .atMost(64),
        how: "\(how); \(large.entries) entries"),
      Figure(name: "audit verify, memory", unit: "MiB", samples: few, how: "\(how); \(small.entries) entries"),
      Figure(
        name: "audit verify, memory at \(large.entries) / \(small.entries)", unit: "ratio",
        samples: ratios(many, through: few), goal: .atMost(1.5), how: "bounded: the record is never held as a whole"),
    ]
  }

  private static func compare(
    _ name: String, _ arguments: [String], _ program: String, _ state: RecordState, in folder: String, goal: Double,
    against other: String, _ command: [String], how: String
  ) throws -> [Figure] {
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 0...rounds {
      let mine = try Child.run(program, arguments + ["--state", state.path], in: folder).end.wall
      let baseline = try Child.run(command[0], Array(command.dropFirst()), in: folder).end.wall
      if round == 0 { continue }
      ours.append(mine)
      theirs.append(baseline)
    }
    return [
      Figure(name: "keyturn \(name), whole process", unit: "ms", samples: ours.map { $0 * 1000 }, how: how),
      Figure(
        name: "\(name) / \(other)", unit: "ratio", samples: ratios(ours, through: theirs), goal: .atMost(goal),
        how: "pair by pair; \(other) alone: \(((theirs.median ?? 0) * 1000).short) ms"),
    ]
  }

  /// Every byte that `audit verify` has to look at: the database and the log's files.
  private static func files(of state: RecordState) throws -> [(path: String, size: Int)] {
    let log = state.path + "/log"
    let paths =
      [state.path + "/keyturn.sqlite"] + (FileManager.default.subpaths(atPath: log) ?? []).map { log + "/" + $0 }
    return paths.compactMap { path in
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      return (path, Int(status.st_size))
    }
  }
}
