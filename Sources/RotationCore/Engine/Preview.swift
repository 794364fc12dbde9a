package import struct Foundation.Date

/// What the next run begins with, read afresh: the repairs of what somebody took away, in order, then the next step.
package struct Preview: Sendable {
  package struct Row: Sendable {
    package let step: Step
    package let verdicts: [(name: String, verdict: Verdict)]
  }

  /// Empty at an end.
  package let rows: [Row]
  package let readAt: Date

  package var repairs: [Step] { rows.dropLast().map(\.step) }
}

extension Engine {
  /// Looks and records nothing.
  package func preview(_ rotation: Rotation) async throws -> Preview {
    let run = run(rotation)
    guard let step = try run.nextStep(), let row = parts.table.row(rotation.phase, step) else {
      return Preview(rows: [], readAt: parts.clock.now())
    }
    let facts = try await run.gather(run.needs(of: row), for: step)
    let repairs = row.kind == .forward ? run.repairs(seenIn: facts) : []
    let rows = (repairs + [step]).compactMap { parts.table.row(rotation.phase, $0) }.map { row in
      var facts = facts
      facts.step = row.step
      return Preview.Row(step: row.step, verdicts: row.guards.map { ($0.name, $0(facts)) })
    }
    return Preview(rows: rows, readAt: facts.now)
  }
}
