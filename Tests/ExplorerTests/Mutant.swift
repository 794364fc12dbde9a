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

  /// What is found under it and, at the same place, not under `other`: replayed from the places where `these` held a run
  /// back, alone or beside others, then walked on from where nothing else did, since up to there it goes the same way as
  /// the law. Nil where nothing is found that `counts`.
  func firstFinding(
    wherever these: Set<Clause>, among samples: [Set<Clause>: [Sample]], limit: Int, beyond other: Mutant? = nil,
    counts: @escaping @Sendable (String) -> Bool = { _ in true }
  ) async -> String? {
    var benches: [String: Workbench] = [:]
    func replay(_ sample: Sample, under mutant: Mutant) async -> (findings: [String], next: [Moment]) {
      let name = "\(sample.setting) without \(mutant)"
      let bench = benches[name] ?? Workbench(sample.setting, law: mutant.law(from: Law()))
      benches[name] = bench
      return await bench.replay(sample)
    }
    let places = samples.filter { !$0.key.isDisjoint(with: these) }.sorted { left, right in
      func rank(_ clauses: Set<Clause>) -> (Int, Int, String) {
        (clauses.isSubset(of: these) ? 0 : 1, clauses.count, clauses.sorted().description)
      }
      return rank(left.key) < rank(right.key)
    }
    var onward: [String: (Setting, [Moment])] = [:]
    for (clauses, samples) in places {
      for sample in samples {
        let (findings, next) = await replay(sample, under: self)
        var found = Set(findings.filter(counts))
        if !found.isEmpty, let other { found.subtract(await replay(sample, under: other).findings) }
        if let first = found.min() { return first }
        if clauses.isSubset(of: these) { onward[sample.setting.name, default: (sample.setting, [])].1 += next }
      }
    }
    for (_, (setting, moments)) in onward.sorted(by: { $0.key < $1.key }).prefix(Self.settingsWalked) {
      var calm = setting
      calm.disturbances = 1
      calm.strikesIn = nil
      calm.limit = limit
      let known = await other?.walk(calm, from: moments) ?? []
      let isNew: @Sendable (String) -> Bool = { counts($0) && !known.contains($0) }
      if let first = await walk(calm, from: moments, until: isNew).filter(isNew).min() { return first }
    }
    return nil
  }

  private func walk(
    _ setting: Setting, from moments: [Moment], until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async -> Set<String> {
    let explorer = Explorer(setting: setting, law: law(from: Law()), isEnough: isEnough, workers: 1)
    return Set(await explorer.run(from: moments).findings.map(\.what))
  }

  /// Walks are dear, and what no replay shows hardly ever asks for another setting.
  private static let settingsWalked = 4
}
