import Foundation

/// `keyturn status` against the `sqlite3` shell on the same file, in turns.
struct StartupBench {
  static let rounds = 20

  static func run(_ simulation: Simulation) throws -> [Figure] {
    let hasShell = Child.has("sqlite3")
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 0...rounds {
      let mine = try simulation.run(["status"]).end.wall
      let other = hasShell ? try shell(simulation) : 0
      if round == 0 { continue }
      ours.append(mine)
      theirs.append(other)
    }
    let start = Figure(
      name: "keyturn status, whole process", unit: "ms", samples: ours.map { $0 * 1000 },
      how: "reads the ledger, computes guards and way back, prints; no network, no passphrase")
    guard hasShell else { return [start, .absent("status / sqlite3 shell", because: "the sqlite3 shell is not here")] }
    return [
      start,
      Figure(
        name: "sqlite3 shell, whole process", unit: "ms", samples: theirs.map { $0 * 1000 },
        how: "sqlite3 -readonly state/keyturn.sqlite 'select document from rotations ...', in turns"),
      Figure(
        name: "status / sqlite3 shell", unit: "ratio", samples: ratios(ours, through: theirs), how: "pair by pair"),
    ]
  }

  private static func shell(_ simulation: Simulation) throws -> Double {
    try Child.run(
      "sqlite3",
      [
        "-readonly", simulation.state + "/keyturn.sqlite",
        "select document from rotations order by opened_at desc, serial desc limit 1",
      ], in: simulation.folder
    ).end.wall
  }
}
