import RotationCore
import RotationTestSupport
import Testing

@Suite struct TransitionTableTests {
  let table = TransitionTable.standard

  @Test func `each phase and step has at most one row`() {
    for phase in Phase.allCases {
      for step in Step.allCases {
        #expect(table.rows.filter { $0.from == phase && $0.step == step }.count <= 1, "\(phase) \(step)")
      }
    }
  }

  @Test func `every phase and step has the answer of the contract`() {
    let forward: [Phase: Step] = [
      .planned: .generateKey, .generated: .publishKey, .published: .proveKey, .proven: .swapEnvironment,
      .swapped: .deployIncoming, .deployed: .verifyDeployment, .verified: .retireKey, .retired: .destroyKey,
    ]
    let back: [Phase: Set<Step>] = [
      .planned: [.abandon], .generated: [.abandon], .published: [.openRollback, .withdrawKey, .resumeForward],
      .proven: [.openRollback, .withdrawKey, .resumeForward], .swapped: [.openRollback], .deployed: [.openRollback],
      .verified: [.openRollback], .retired: [.openRollback], .republishing: [.republishKey, .resumeForward],
      .restoring: [.restoreEnvironment, .proveRestored, .resumeForward], .restored: [.openRollback, .withdrawKey],
    ]
    let repairs: [Phase: Set<Step>] = [
      .published: [.publishKey, .republishKey], .proven: [.publishKey, .republishKey],
      .swapped: [.publishKey, .republishKey, .swapEnvironment],
      .deployed: [.publishKey, .republishKey, .swapEnvironment],
      .verified: [.publishKey, .republishKey, .swapEnvironment],
    ]
    for phase in Phase.allCases {
      for step in Step.allCases {
        let kind = table.row(phase, step)?.kind
        let expected: Transition.Kind? =
          forward[phase] == step
          ? .forward
          : back[phase]?.contains(step) == true ? .back : repairs[phase]?.contains(step) == true ? .repair : nil
        #expect(kind == expected, "\(phase) \(step)")
      }
    }
  }

  @Test func `every phase but the final ones has a way on, and every phase is reached`() {
    for phase in Phase.allCases {
      #expect(table.rows(from: phase).isEmpty == phase.isFinal, "\(phase)")
      #expect(phase == .planned || table.rows.contains { $0.to.contains(phase) }, "\(phase)")
    }
  }

  @Test func `guards of one row have names of their own`() {
    for row in table.rows { #expect(Set(row.guards.map(\.name)).count == row.guards.count, "\(row.from) \(row.step)") }
  }
}
