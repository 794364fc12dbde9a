internal import RotationCore

/// The law as a Mermaid state diagram, printed from the table itself: README and `runbook show` cannot drift from it.
/// Repairs are left out: they put back what somebody else took away and lead nowhere new.
enum PhaseDiagram {
  static func mermaid(_ table: TransitionTable = .standard) -> String {
    var labels: [Edge: [String]] = [:]
    var order: [Edge] = []
    for row in table.rows where row.kind != .repair {
      for target in row.to {
        let edge = Edge(from: row.from, to: target)
        if labels[edge] == nil { order.append(edge) }
        if labels[edge]?.contains(row.step.rawValue) != true { labels[edge, default: []].append(row.step.rawValue) }
      }
    }
    let moves = order.map { edge in
      "  \(edge.from.rawValue) --> \(edge.to.rawValue): \(labels[edge, default: []].joined(separator: ", "))"
    }
    let ends = Phase.allCases.filter(\.isFinal).map { "  \($0.rawValue) --> [*]" }
    return (["stateDiagram-v2", "  [*] --> \(Phase.planned.rawValue): \(Step.openRotation.rawValue)"] + moves + ends)
      .joined(separator: "\n")
  }

  private struct Edge: Hashable {
    var from: Phase
    var to: Phase
  }
}
