import RotationCore

/// One walk over many settings, and what it says in the end.
struct Census: Sendable {
  var explorations: [Exploration] = []
  var coverage = Coverage()
  var states: Int { explorations.reduce(0) { $0 + $1.states } }
  var transitions: Int { explorations.reduce(0) { $0 + $1.transitions } }

  static func take(_ settings: [Setting], law: Law = Law()) async -> Census {
    var census = Census()
    for setting in settings {
      let exploration = await Explorer(setting: setting, law: law).run()
      census.coverage.merge(exploration.coverage)
      census.explorations.append(exploration)
      print(exploration.line)
      for finding in exploration.findings { print("found in \(setting): \(finding)") }
    }
    return census
  }

  func rowsNeverTaken(of law: Law = Law()) -> [String] {
    law.table.rows.map(\.name).filter { coverage.rows[$0] == nil }
  }

  /// Guards of rows that were only ever seen one way.
  var clausesOneWay: [Clause] { coverage.guards.filter { $0.value.yes == 0 || $0.value.no == 0 }.keys.sorted() }

  /// Guards by name that were only ever seen one way.
  var guardsOneWay: [String] {
    Dictionary(grouping: coverage.guards, by: \.key.name).filter { _, seen in
      !seen.contains { $0.value.yes > 0 } || !seen.contains { $0.value.no > 0 }
    }.keys.sorted()
  }

  var summary: String {
    let cells = coverage.cells.values.reduce(0) { $0 + $1.count }
    let bothWays = coverage.guards.values.count { $0.yes > 0 && $0.no > 0 }
    let names = Set(coverage.guards.keys.map(\.name)).count
    let seconds = max(explorations.reduce(0) { $0 + $1.seconds }, 0.001)
    let axes = Moment.Axis.allCases.map { "\($0.rawValue) \(coverage.axes[$0]?.count ?? 0)" }
    var lines = [
      "explored in all: \(states) states, \(transitions) transitions, \(coverage.runs) runs of the engine, in "
        + "\(Int(seconds.rounded())) s: \(Int(Double(states) / seconds)) states a second",
      "dimensions, and how many places on each were reached: \(axes.joined(separator: ", "))",
      "rows taken: \(coverage.rows.count) of \(TransitionTable.standard.rows.count)"
        + (rowsNeverTaken().isEmpty ? "" : "; never: \(rowsNeverTaken().joined(separator: ", "))"),
      "guards seen one way only: \(guardsOneWay.joined(separator: ", "))",
      "guards seen both ways: \(names - guardsOneWay.count) of \(names) by name, \(bothWays) of \(coverage.guards.count) by row",
      "cells of phase x disturbance: \(cells)",
    ]
    lines += clausesOneWay.map { clause in
      "  one way only: \(clause): "
        + (Implication.byClause[clause].map {
          "implied by \($0.by.map(\.description).joined(separator: ", ")), \($0.because)"
        }
          ?? ExplorerTests.neverFalse[clause] ?? "not explained")
    }
    for (kind, phases) in coverage.cells.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(kind): \(phases.map { $0?.rawValue ?? "none" }.sorted().joined(separator: " "))")
    }
    return lines.joined(separator: "\n")
  }
}

extension Exploration {
  var line: String {
    let phases = byPhase.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return
      "explored \(setting): \(states) states, \(transitions) transitions, at most \(disturbances) disturbances on a path, "
      + "\(Int(seconds.rounded())) s (\(phases))"
  }
}
