/// One row of the law: from a phase, by a step, to a phase, if every guard holds.
package struct Transition: Sendable {
  package enum Kind: String, Sendable, Hashable {
    case forward, back
    /// Puts back what somebody else took away; never a step that a healthy rotation takes.
    case repair
  }

  package var from: Phase
  package var step: Step
  /// More than one only for `openRollback`, which goes where the facts say; again, when they say something else.
  package var to: [Phase]
  package var kind: Kind
  package var guards: [Guard<Facts>]

  package var needs: FactNeeds { guards.reduce(into: []) { $0.formUnion($1.needs) } }

  static func from(_ phase: Phase, _ step: Step, to: Phase..., if guards: Guard<Facts>...) -> Transition {
    Transition(from: phase, step: step, to: to, kind: .forward, guards: guards)
  }

  static func back(_ phase: Phase, _ step: Step, to: Phase..., if guards: Guard<Facts>...) -> Transition {
    Transition(from: phase, step: step, to: to, kind: .back, guards: guards)
  }

  /// The same repair from each phase, which stays as it is unless `to` says otherwise.
  static func repair(_ phases: [Phase], _ step: Step, to: Phase? = nil, if guards: Guard<Facts>...) -> [Transition] {
    phases.map { Transition(from: $0, step: step, to: [to ?? $0], kind: .repair, guards: guards) }
  }
}

/// The law: what may follow what, and who must be asked. The README's diagram and `runbook show` are printed from it.
package struct TransitionTable: Sendable {
  package var opening: [Guard<OpeningFacts>]
  package var rows: [Transition]

  package func row(_ phase: Phase, _ step: Step) -> Transition? { rows.first { $0.from == phase && $0.step == step } }
  package func rows(from phase: Phase) -> [Transition] { rows.filter { $0.from == phase } }
  package func forward(from phase: Phase) -> Transition? { rows.first { $0.from == phase && $0.kind == .forward } }

  // One row a line, so that the law fits one screen.
  // swift-format-ignore
  package static let standard = TransitionTable(
    opening: [
      .clockAgrees, .metadataMatches, .portalReadable, .portalHasRoom, .outgoingAgreed, .outgoingListed, .outgoingSealable, .outgoingAccepted,
      .targetsReady, .noOtherOpenRotation, .incomingUsable, .integrationLive,
    ],
    rows: [
      .from(.planned, .generateKey, to: .generated, if: .portalNotEmpty, .roomInPortal),
      .from(.generated, .publishKey, to: .published, if: .incomingSealed, .rollbackReady, .kidMeansOneKey, .portalNotEmpty, .portalKeysOurs, .roomInPortal, .settled),
      .from(.published, .proveKey, to: .proven, if: .portalKeysOurs, .incomingListed),
      .from(.proven, .swapEnvironment, to: .swapped, if: .propagationElapsed, .insideMaintenanceWindow, .approved(.swap), .portalKeysOurs, .incomingListed, .targetsUnchanged, .rollbackReady, .settled),
      .from(.swapped, .deployIncoming, to: .deployed, if: .incomingNotReplaced, .targetsHoldIncoming),
      .from(.deployed, .verifyDeployment, to: .verified, if: .incomingNotReplaced),
      .from(.verified, .retireKey, to: .retired, if: .overlapElapsed, .insideMaintenanceWindow, .approved(.retire), .portalKeysOurs, .incomingListed, .targetsHoldIncoming, .signersOnIncoming, .rollbackReady, .settled),
      .from(.retired, .destroyKey, to: .completed, if: .quarantineEnded, .outgoingUnused, .incomingServes, .settled),

      .back(.planned, .abandon, to: .abandoned, if: .settled),
      .back(.generated, .abandon, to: .abandoned, if: .nothingPublished, .incomingUnused, .settled),
      .back(.published, .openRollback, to: .published, .republishing, .restoring, if: .outgoingSealed, .outgoingMayReturn),
      .back(.proven, .openRollback, to: .proven, .republishing, .restoring, if: .outgoingSealed, .outgoingMayReturn),
      .back(.swapped, .openRollback, to: .restoring, .republishing, if: .outgoingSealed, .outgoingMayReturn, .taintAccepted),
      .back(.deployed, .openRollback, to: .restoring, .republishing, if: .outgoingSealed, .outgoingMayReturn, .taintAccepted),
      .back(.verified, .openRollback, to: .restoring, .republishing, if: .outgoingSealed, .outgoingMayReturn, .taintAccepted),
      .back(.restored, .openRollback, to: .restoring),
      .back(.retired, .openRollback, to: .republishing, .restoring, if: .rollbackInTime, .lastRotation, .outgoingNotTainted, .outgoingSealed, .portalNotEmpty, .roomToRepublish),
      .back(.published, .withdrawKey, to: .rolledBack, if: .targetsOnOutgoing, .portalNotEmpty, .portalKeysOurs, .settled),
      .back(.proven, .withdrawKey, to: .rolledBack, if: .targetsOnOutgoing, .portalNotEmpty, .portalKeysOurs, .settled),
      .back(.republishing, .republishKey, to: .restoring, if: .outgoingSealed, .portalNotEmpty, .portalKeysOurs, .roomToRepublish, .removalForgotten, .settled),
      .back(.restoring, .restoreEnvironment, to: .restoring, if: .taintAccepted, .outgoingNotRefused, .settled),
      .back(.restoring, .proveRestored, to: .restored),
      .back(.restored, .withdrawKey, to: .rolledBack, if: .targetsOnOutgoing, .portalNotEmpty, .portalKeysOurs, .settled),
      .back(.published, .resumeForward, to: .published, if: .outgoingRefused),
      .back(.proven, .resumeForward, to: .proven, if: .outgoingRefused),
      .back(.republishing, .resumeForward, to: .retired, if: .outgoingRefused, .incomingAccepted, .targetsHoldIncoming),
      .back(.restoring, .resumeForward, to: .proven, if: .outgoingRefused, .incomingAccepted),
    ]
      + Transition.repair([.published, .proven, .swapped, .deployed, .verified], .publishKey, if: .incomingSealed, .portalNotEmpty, .portalKeysOurs, .roomInPortal, .settled)
      + Transition.repair([.published, .proven], .republishKey, if: .portalNotEmpty, .portalKeysOurs, .roomToRepublish, .settled)
      + Transition.repair([.swapped, .deployed, .verified], .republishKey, if: .portalKeysOurs, .roomToRepublish, .settled)
      + Transition.repair([.swapped, .deployed, .verified], .swapEnvironment, to: .swapped, if: .portalKeysOurs, .rollbackReady, .settled))
}
