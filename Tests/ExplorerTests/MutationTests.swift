import Foundation
import RotationCore
import Testing

/// The law without one of its clauses is found out: one mutant for each guard of each row, one for each safety rule. A
/// clause that never was the only one to hold a run back is cut together with the clauses that did so beside it.
@Suite(.serialized) struct MutationTests {
  /// The rows whose mutants every test run tries.
  static let sampled: Set = [Clause.opening, "generated.publishKey", "retired.destroyKey"]

  @Test func `there is one mutant for each guard of each row and one for each safety rule`() {
    let law = Law()
    let guards = law.table.opening.count + law.table.rows.reduce(0) { $0 + $1.guards.count }
    let clauses = Clause.all(of: law)
    #expect(clauses.count == guards + SafetyRule.allCases.count)
    #expect(Set(clauses).count == clauses.count)
    for clause in clauses where clause.row != Clause.opening {
      let cut = Mutant(cuts: [clause]).law(from: law)
      #expect(Clause.all(of: cut).count == clauses.count - 1, "\(clause)")
    }
  }

  @Test func `mutants of the law are found out`() async {
    let census = await Census.take(isWhole: ExplorerTests.isWhole)
    let samples = census.coverage.samples
    var counts: [String: Int] = [:]
    for clause in Clause.all(of: Law()) where ExplorerTests.isWhole || Self.sampled.contains(clause.row) {
      let beside = samples.keys.filter { $0.contains(clause) }.min { ($0.count, $0.sorted()) < ($1.count, $1.sorted()) }
      guard let cuts = beside else {
        counts["never false", default: 0] += 1
        if ExplorerTests.isWhole { print("never false  \(clause)") }
        continue
      }
      let killer = await Mutant(cuts: cuts).killer(among: samples, limit: 1_000)
      let fate = killer == nil ? "survives" : cuts.count == 1 ? "killed" : "killed with what implies it"
      counts[fate, default: 0] += 1
      let others = cuts.subtracting([clause]).sorted().map(\.description).joined(separator: ", ")
      print("\(fate)  \(clause)\(others.isEmpty ? "" : " with \(others)"): \(killer?.prefix(120) ?? "")")
    }
    print(
      "mutants: \(Clause.all(of: Law()).count), \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    #expect(counts["killed", default: 0] > 5)
  }
}

private func < (left: (Int, [Clause]), right: (Int, [Clause])) -> Bool {
  left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
