import Foundation
import RotationCore
import Testing

/// Every state that the engine itself can reach in a small world: hardly disturbed here, fully in `make explore`.
@Suite(.serialized) struct ExplorerTests {
  static let environment = ProcessInfo.processInfo.environment
  static var isWhole: Bool { environment["KEYTURN_EXPLORE"] == "whole" }

  /// Guards by row that the walk sees one way only, though nothing implies them.
  static let neverFalse: [Clause: String] = [:]

  @Test func `no state breaks a rule, and each has a way on`() async {
    let census = await Census.ofThisRun.value
    print(census.summary)
    for exploration in census.explorations {
      #expect(exploration.states > 20, "\(exploration.setting) was not walked")
      for finding in exploration.findings.prefix(8) { Issue.record("\(exploration.setting): \(finding)") }
    }
    let clauses = Set(Clause.all(of: Law()).filter { $0.row != Clause.rules })
    #expect(Set(census.coverage.guards.keys) == clauses)
    guard Self.isWhole, Self.environment["KEYTURN_SETTING"] == nil else { return }
    #expect(census.rowsNeverTaken().isEmpty)
    #expect(census.guardsOneWay.isEmpty)
    for clause in census.clausesOneWay where Self.neverFalse[clause] == nil {
      #expect(Implication.byClause[clause] != nil, "\(clause) was seen one way only, and nothing is said to imply it")
    }
  }
}

extension Census {
  /// One walk serves every suite of a run.
  static let ofThisRun = Task {
    let all = ExplorerTests.isWhole ? Setting.whole : Setting.sample
    guard let only = ExplorerTests.environment["KEYTURN_SETTING"] else { return await take(all) }
    return await take(all.filter { only.split(separator: ";").contains(Substring($0.name)) })
  }
}
