import Foundation
import RotationCore
import Testing

/// The law without one of its clauses is found out: one mutant for each guard of each row, one for each safety rule. A
/// clause that another one implies is cut together with that one, and the two are found out.
@Suite(.serialized) struct MutationTests {
  /// The rows and rules whose mutants every test run tries, where the walk is small.
  static let sampled: Set = [
    Clause.opening, "generated.publishKey", "retired.destroyKey", "rule sealedBeforeListed", "rule promisesKept",
  ]
  /// Words of the clauses that a run is narrowed to.
  static let only = ExplorerTests.environment["KEYTURN_CLAUSE"]

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
    for implication in Implication.all {
      #expect(Set(clauses).isSuperset(of: implication.by + [implication.clause]), "\(implication.clause)")
      #expect(!implication.because.isEmpty && !implication.by.isEmpty)
    }
  }

  enum Fate: String {
    case killed, survives
    case together = "killed with what implies it"
    case stale = "found out alone, though an implication is listed"
    case unseen = "not false here"
  }

  @Test func `every mutant of the law is found out`() async {
    let isWhole = ExplorerTests.isWhole
    let samples = await Census.ofThisRun.value.coverage.samples
    let clauses = Clause.all(of: Law()).filter { clause in
      Self.only.map { clause.description.contains($0) }
        ?? (isWhole || !Self.sampled.isDisjoint(with: [clause.row, clause.description]))
    }
    var fates: [Fate: Int] = [:]
    for (clause, fate, words) in await Self.judge(clauses, samples) {
      fates[fate, default: 0] += 1
      print("\(fate.rawValue)  \(clause): \(words)")
      if fate == .survives || fate == .stale || (fate == .unseen && isWhole) {
        Issue.record("\(fate.rawValue): \(clause): \(words)")
      }
    }
    print(
      "mutants: \(clauses.count) of \(Clause.all(of: Law()).count), "
        + fates.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        .joined(separator: ", "))
    #expect(fates.values.reduce(0, +) == clauses.count)
    #expect(Self.only != nil || fates[.killed, default: 0] > 5)
  }

  /// Two at a time, in the law's order.
  private static func judge(_ clauses: [Clause], _ samples: [Set<Clause>: [Sample]]) async -> [(Clause, Fate, String)] {
    await withTaskGroup(of: [(Int, Fate, String)].self) { group in
      for share in 0..<2 {
        group.addTask {
          var fates: [(Int, Fate, String)] = []
          for index in clauses.indices where index % 2 == share {
            let (fate, words) = await judge(clauses[index], samples)
            fates.append((index, fate, words))
          }
          return fates
        }
      }
      var fates: [(Int, Fate, String)] = []
      for await some in group { fates += some }
      return fates.sorted { $0.0 < $1.0 }.map { (clauses[$0.0], $0.1, $0.2) }
    }
  }

  /// Cut alone first. With what implies it a cut counts where something is found that the others' cuts alone do not come to
  /// at the same place; for a safety rule, that this rule was broken.
  private static func judge(_ clause: Clause, _ samples: [Set<Clause>: [Sample]]) async -> (Fate, String) {
    let limit = 600
    let implication = Implication.byClause[clause]
    if let killer = await Mutant(cuts: [clause]).firstFinding(wherever: [clause], among: samples, limit: limit) {
      return (implication == nil ? .killed : .stale, String(killer.prefix(120)))
    }
    let beside = samples.keys.filter { $0.contains(clause) }.min { $0.count < $1.count } ?? []
    guard let implication else {
      if beside.isEmpty { return (.unseen, "it never held anything back") }
      let isAlone = beside == [clause]
      let others = beside.subtracting([clause]).sorted().map(\.description).joined(separator: ", ")
      return isAlone ? (.survives, "it alone held runs back, and nothing is found") : (.unseen, "beside \(others)")
    }
    let by = Set(implication.by)
    let pair = by.union([clause])
    let together = "with \(implication.by.map(\.description).joined(separator: ", ")): "
    let word = implication.finding
    let killer = await Mutant(cuts: pair)
      .firstFinding(wherever: pair, among: samples, limit: limit, beyond: Mutant(cuts: by)) { what in
        word.map(what.contains) ?? true
      }
    guard let killer else {
      let isSeen = samples.keys.contains { $0.isSubset(of: pair) }
      return (isSeen ? .survives : .unseen, together + "nothing more is found than without those alone")
    }
    return (.together, together + killer.prefix(120))
  }
}
