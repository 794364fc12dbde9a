import RotationCore

/// The law with something taken out: one clause, or one and what implies it.
struct Mutant: Sendable, Hashable, CustomStringConvertible {
  var cuts: Set<Clause>

  var description: String { cuts.sorted().map(\.description).joined(separator: " + ") }

  func law(from law: Law) -> Law {
    var law = law
    func isLeft(_ row: String, _ name: String) -> Bool { !cuts.contains(Clause(row: row, name: name)) }
    law.table.opening.removeAll { !isLeft(Clause.opening, $0.name) }
    law.rules.removeAll { !isLeft(Clause.rules, $0.rawValue) }
    for index in law.table.rows.indices {
      let row = law.table.rows[index].name
      law.table.rows[index].guards.removeAll { !isLeft(row, $0.name) }
    }
    return law
  }

  /// What is first found wrong under it: replayed from the places where nothing but the cuts held a run back, since up to
  /// there it goes the same way as the law, then walked on. Nil: it survives.
  func killer(among samples: [Set<Clause>: [Sample]], from whole: Law = Law(), limit: Int) async -> String? {
    let law = law(from: whole)
    let places = samples.filter { $0.key.isSubset(of: cuts) }.sorted { $0.key.count < $1.key.count }.flatMap(\.value)
    var benches: [String: Workbench] = [:]
    var onward: [String: (Setting, [Moment])] = [:]
    for sample in places {
      let bench = benches[sample.setting.name] ?? Workbench(sample.setting, law: law)
      benches[sample.setting.name] = bench
      let (findings, next) = await bench.replay(sample)
      if let first = findings.first { return "\(sample.act): \(first)" }
      onward[sample.setting.name, default: (sample.setting, [])].1 += next
    }
    for (_, (setting, moments)) in onward.sorted(by: { $0.key < $1.key }) {
      var calm = setting
      calm.disturbances = 1
      calm.limit = limit
      let found = await Explorer(setting: calm, law: law, stopsAtFirst: true, workers: 1).run(from: moments)
      if let first = found.findings.first { return first.what }
    }
    return nil
  }
}
