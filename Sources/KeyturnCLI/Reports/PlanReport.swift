internal import Foundation
internal import RotationCore

/// What `rotate` would do, and whether it may begin: `keyturn.plan/v1`.
struct PlanReport: Answer {
  let title: String
  let verdicts: [StandingVerdict]
  let effects: [Plan.Effect]
  var warnings: [String]
  /// Of a rotation that would be opened.
  var prerequisites: [Prerequisite] = []
  /// The open rotation that `rotate` would go on with.
  var rotation: RotationID?
  var ready: Bool { verdicts.allSatisfy(\.holds) }

  /// Of a rotation that would be opened.
  init(_ plan: Plan, runbook: Runbook) {
    title =
      "a new rotation under \(runbook.name), replacing \(plan.outgoing.map { "kid \($0.kid)" } ?? "an unknown key")"
    verdicts = plan.verdicts.map { StandingVerdict($0) }
    effects = plan.effects
    warnings = plan.warnings
    prerequisites = plan.prerequisites
  }

  /// Of one that is open: the verdicts of the step that the next run begins with, as read just now, and what is left to
  /// do. `repairs`: what somebody took away is put back first.
  init(
    _ rotation: Rotation, verdicts: [StandingVerdict], repairs: [Step], wayBack: WayBack, targets: [String],
    warnings: [String]
  ) {
    title = "rotation \(rotation.id) is open in phase \(rotation.phase.rawValue); rotate goes on with it"
    self.rotation = rotation.id
    self.verdicts = verdicts
    self.warnings = warnings
    func listed(_ steps: [Step], _ more: String = "") -> [Plan.Effect] {
      steps.flatMap { step in
        Self.places(step, rotation, targets).map {
          Plan.Effect(step: step, neighbour: $0, change: Self.change(step, rotation) + more)
        }
      }
    }
    effects = listed(repairs, " again: somebody took it out") + listed(Self.remaining(rotation, wayBack))
  }

  private static func remaining(_ rotation: Rotation, _ wayBack: WayBack) -> [Step] {
    if rotation.isGoingBack { return wayBack.steps }
    var steps: [Step] = []
    var phase = rotation.phase
    while let row = TransitionTable.standard.forward(from: phase), let next = row.to.first {
      steps.append(row.step)
      phase = next
    }
    return steps
  }

  private static func places(_ step: Step, _ rotation: Rotation, _ targets: [String]) -> [String] {
    switch step {
    case .publishKey, .retireKey, .republishKey, .withdrawKey:
      [rotation.manualPortal ? "portal (by hand)" : Neighbourhood.portalName]
    case .swapEnvironment, .deployIncoming, .verifyDeployment, .restoreEnvironment: targets
    case .proveKey, .proveRestored: ["maskinporten"]
    case .openRotation, .generateKey, .destroyKey, .openRollback, .abandon, .resumeForward: ["store"]
    }
  }

  private static func change(_ step: Step, _ rotation: Rotation) -> String {
    let words = step.change(in: rotation)
    if !words.isEmpty { return words }
    return switch step {
    case .generateKey: "make and seal the incoming key"
    case .proveKey: "obtain tokens in a row"
    case .verifyDeployment: "probe in a row"
    case .proveRestored: "obtain a token with the outgoing key"
    case .destroyKey: "destroy the private half of \(rotation.outgoing.kid) after the quarantine"
    case .abandon: "drop the rotation"
    case .openRotation, .publishKey, .swapEnvironment, .deployIncoming, .retireKey, .openRollback, .republishKey,
      .restoreEnvironment, .withdrawKey, .resumeForward:
      step.rawValue
    }
  }

  var json: JSONValue {
    [
      "schema": "keyturn.plan/v1", "verdicts": .array(verdicts.map(\.json)), "effects": .array(effects.map(\.json)),
      "ready": .bool(ready), "warnings": .array(warnings.map { .string($0) }),
      "rotation": .optional(rotation?.rawValue), "prerequisites": .array(prerequisites.map(\.json)),
    ]
  }

  func text(_ console: Console) -> String {
    let width = verdicts.map(\.guardName.count).max() ?? 0
    let guards = verdicts.map { verdict in
      let mark = verdict.holds ? console.ink(.green, "holds") : console.ink(.red, "no   ")
      return
        "  \(mark)  \(verdict.guardName.padding(toLength: width, withPad: " ", startingAt: 0))  \(verdict.reason.onOneLine)"
    }
    let rows = effects.enumerated().map { index, effect in
      ["  \(index + 1).", effect.step.rawValue, effect.neighbour, effect.change]
    }
    let table = TextTable(header: ["", "step", "neighbour", "change"], rows: rows).lines(console)
    let end =
      ready
      ? console.ink(.green, "ready") + ": nothing was changed or opened"
      : console.ink(.red, "not ready") + ": nothing was changed or opened"
    let needed = prerequisites.isEmpty ? [] : ["prerequisites"] + prerequisites.lines(console)
    let parts = [title.onOneLine, "guards"] + guards + needed + ["effects, in order"] + table
    return (parts + warnings.map { "warning: \($0)".onOneLine } + [end])
      .joined(separator: "\n")
  }
}

extension Plan.Effect {
  fileprivate var json: JSONValue {
    ["step": .string(step.rawValue), "neighbour": .string(neighbour), "change": .string(change)]
  }
}
