import RotationCore
import RotationTestSupport
import Synchronization

/// Looks over the engine's shoulder during one run: judges each effect when it is there, keeps what a crash right after it
/// would leave, and makes the one write fail that was chosen.
final class Watch: Sendable {
  private struct State {
    var before: Truth?
    var crashes: [Moment] = []
    var findings: [String] = []
    var effects = 0
    var writes = 0
    /// Calls of neighbours, in order, by the name of their point.
    var calls: [String] = []
    /// Calls for tokens while an intent is open, by their places among all: proofs that an act waits for.
    var proofs: [Int] = []
    /// Of an overtaken run: the calls that it goes on with. Nil while it holds the state.
    var callsSinceOvertaken: Int?
    var step: (Step, Phase)?
  }

  let judge: Judge
  private let stage: Stage
  private let disturbance: Disturbance?
  private let state = Mutex(State())

  private let keepsCrashes: Bool

  init(_ stage: Stage, judge: Judge, disturbance: Disturbance?, keepsCrashes: Bool = true) {
    self.keepsCrashes = keepsCrashes
    self.stage = stage
    self.judge = judge
    self.disturbance = disturbance
  }

  var crashes: [Moment] { state.withLock { $0.crashes } }
  var findings: [String] { state.withLock { $0.findings } }
  var writes: Int { state.withLock { $0.writes } }
  var calls: [String] { state.withLock { $0.calls } }
  var proofs: [Int] { state.withLock { $0.proofs } }
  var step: (Step, Phase)? { state.withLock { $0.step } }

  /// What another run did during this one's call of a neighbour. It holds the state now.
  func takeOver(_ other: Watch) {
    let (crashes, findings) = (other.crashes, other.findings)
    state.withLock { state in
      state.callsSinceOvertaken = 0
      state.crashes += crashes
      state.findings += findings
    }
  }

  func begin(_ step: Step, _ phase: Phase) { state.withLock { $0.step = (step, phase) } }

  func done(to phase: Phase) {
    // Of what somebody changes after the last look a step's word cannot tell; its effects are judged all the same.
    if case .meanwhile? = disturbance { return }
    guard let (step, from) = step else { return }
    let truth = Truth(stage)
    let before = state.withLock { $0.before }
    // What was done is told once it is durable: it is the rotation that the last commit moved.
    let those = truth.ledger.all.filter { phase.isFinal ? $0.phase == phase : !$0.phase.isFinal }
    let moved = those.first { before?.ledger.rotations[$0.id]?.revision != $0.revision }
    guard let rotation = moved ?? those.first else { return }
    let found = Obligations(
      setting: judge.setting, act: judge.act, outage: judge.outage, truth: truth, rotation: rotation, before: before
    ).done(step, from: from, to: phase)
    state.withLock { $0.findings += found }
  }

  func point(_ name: String) throws {
    if Self.isCall(name) {
      let isProof = name == "token" && stage.ledger.look { !$0.intents.isEmpty }
      if case .meanwhile(let hand, let call)? = disturbance, state.withLock({ $0.calls.count == call }) {
        hand.apply(to: stage, (try? stage.rotation), in: judge.setting)
      }
      try state.withLock { state in
        if isProof { state.proofs.append(state.calls.count) }
        state.calls.append(name)
        guard let calls = state.callsSinceOvertaken else { return }
        // What was on its way may land; whoever lost the state is gone by then and sends nothing more.
        if calls > 0, name.hasPrefix("before ") { throw CrashPlan.Killed() }
        state.callsSinceOvertaken = calls + 1
      }
    }
    guard name.hasPrefix("before ") || name.hasPrefix("after ") else { return }
    if name.hasPrefix("before ") {
      let truth = Truth(stage)
      let index = state.withLock { state in
        state.before = truth
        if name.hasPrefix("before commit") { return -1 }
        state.writes += 1
        return state.writes - 1
      }
      if case .write(index, let fault)? = disturbance { strike(fault, name) }
      return
    }
    if state.withLock({ $0.effects }) > 40 {
      state.withLock { $0.findings = ["it acts for ever"] }
      throw CrashPlan.Killed()
    }
    let after = Truth(stage)
    let crash = keepsCrashes ? Moment(stage) : nil
    let before = state.withLock { state in
      state.effects += 1
      if let crash { state.crashes.append(crash) }
      return state.before
    }
    if case .write(_, .answerLostThenSilence)? = disturbance, !name.hasPrefix("after commit") {
      stage.world.change {
        $0.portalDead = true; $0.targetsDead = true
      }
    }
    guard let before else { return }
    let found =
      switch name {
      case "after replace": judge.portalChanged(from: before, to: after)
      case "after write": judge.settingChanged(from: before, to: after)
      case "after deploy": judge.started(from: before, to: after)
      case "after hold": [String]()
      default: judge.committed(from: before, to: after)
      }
    if !found.isEmpty { state.withLock { $0.findings += found } }
  }

  private static func isCall(_ name: String) -> Bool {
    !name.hasPrefix("after ") && !name.hasPrefix("before commit") && name != "claim"
  }

  private func strike(_ fault: Disturbance.Fault, _ name: String) {
    stage.world.change { state in
      let faults: [PaperWorld.Fault] =
        switch fault {
        case .refused: [.refuse]
        case .answerLost, .answerLostThenSilence: [.dropAfter]
        case .heldUp: [.late, .dead]
        case .half: [.half]
        }
      // A target that settles at once did what was asked, or never will.
      let isAtOnce = judge.setting.settlesAtOnce && name == "before write"
      switch name {
      case "before write" where fault == .heldUp && isAtOnce: state.targetFaults = [.dropBefore, .dead]
      case "before replace" where fault == .half: break
      case "before replace": state.portalFaults = faults
      case "before write": state.targetFaults = faults
      case _ where fault == .half: break
      default: for place in state.places.keys { state.places[place]?.reloadFails = true }
      }
    }
  }
}
