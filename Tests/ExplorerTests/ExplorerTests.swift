import Foundation
import RotationCore
import Testing

/// Every state that the engine itself can reach in a small world: hardly disturbed here, fully in `make explore`.
@Suite(.serialized) struct ExplorerTests {
  static let environment = ProcessInfo.processInfo.environment
  static var isWhole: Bool { environment["KEYTURN_EXPLORE"] == "whole" }

  @Test func `no state breaks a rule, and each has a way on`() async {
    let census = await Census.take(isWhole: Self.isWhole)
    print(census.summary)
    for exploration in census.explorations {
      #expect(exploration.states > 20, "\(exploration.setting) was not walked")
      for finding in exploration.findings.prefix(8) { Issue.record("\(exploration.setting): \(finding)") }
    }
    let clauses = Set(Clause.all(of: Law()).filter { $0.row != Clause.rules })
    #expect(Set(census.coverage.guards.keys) == clauses)
    guard Self.isWhole else { return }
    #expect(census.rowsNeverTaken().isEmpty)
  }
}

extension Census {
  static func take(isWhole: Bool) async -> Census {
    var all = isWhole ? Setting.whole : Setting.sample
    if let d = ExplorerTests.environment["KEYTURN_D"].flatMap(Int.init) { for i in all.indices { all[i].disturbances = d } }
    guard let only = ExplorerTests.environment["KEYTURN_SETTING"] else { return await take(all) }
    return await take(all.filter { only.split(separator: ",").contains(Substring($0.name)) })
  }
}
