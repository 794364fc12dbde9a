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

  /// What is found under it, up to what `isEnough`: replayed from the places where `these` held a run back, alone or
  /// beside others, then walked on from where nothing else did, since up to there it goes the same way as the law.
  func findings(
    wherever these: Set<Clause>, among samples: [Set<Clause>: [Sample]], limit: Int,
    isEnough: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async -> Set<String> {
    let law = law(from: Law())
    let places = samples.filter { !$0.key.isDisjoint(with: these) }.sorted { left, right in
      func rank(_ clauses: Set<Clause>) -> (Int, Int, String) {
        (clauses.isSubset(of: these) ? 0 : 1, clauses.count, clauses.sorted().description)
      }
      return rank(left.key) < rank(right.key)
    }
    var found: Set<String> = []
    var benches: [String: Workbench] = [:]
    var onward: [String: (Setting, [Moment])] = [:]
    for (clauses, samples) in places {
      for sample in samples {
        let bench = benches[sample.setting.name] ?? Workbench(sample.setting, law: law)
        benches[sample.setting.name] = bench
        let (findings, next) = await bench.replay(sample)
        found.formUnion(findings)
        if findings.contains(where: isEnough) { return found }
        if clauses.isSubset(of: these) { onward[sample.setting.name, default: (sample.setting, [])].1 += next }
      }
    }
    for (_, (setting, moments)) in onward.sorted(by: { $0.key < $1.key }).prefix(Self.settingsWalked) {
      var calm = setting
      calm.disturbances = 1
      calm.strikesIn = nil
      calm.limit = limit
      let walk = await Explorer(setting: calm, law: law, isEnough: isEnough, workers: 1).run(from: moments)
      found.formUnion(walk.findings.map(\.what))
      if walk.findings.map(\.what).contains(where: isEnough) { return found }
    }
    return found
  }

  /// Walks are dear, and what no replay shows hardly ever asks for another setting.
  private static let settingsWalked = 4
}
