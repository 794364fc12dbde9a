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

  /// What is first found wrong under it: replayed from the places where the cuts held a run back, alone or beside others,
  /// then walked on from where nothing else did, since up to there it goes the same way as the law. Nil: it survives.
  func killer(among samples: [Set<Clause>: [Sample]], from whole: Law = Law(), limit: Int) async -> String? {
    let law = law(from: whole)
    let places = samples.filter { !$0.key.isDisjoint(with: cuts) }.sorted { left, right in
      (left.key.isSubset(of: cuts) ? 0 : 1, left.key.count) < (right.key.isSubset(of: cuts) ? 0 : 1, right.key.count)
    }
    var benches: [String: Workbench] = [:]
    var onward: [String: (Setting, [Moment])] = [:]
    for (clauses, samples) in places {
      for sample in samples {
        let bench = benches[sample.setting.name] ?? Workbench(sample.setting, law: law)
        benches[sample.setting.name] = bench
        let (findings, next) = await bench.replay(sample)
        if let first = findings.first { return "\(sample.act): \(first)" }
        if clauses.isSubset(of: cuts) { onward[sample.setting.name, default: (sample.setting, [])].1 += next }
      }
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
