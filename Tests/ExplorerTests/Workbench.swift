import Foundation
import RotationCore
import RotationTestSupport
import Synchronization

/// The law that the engine is given: the one there is, or a mutant of it.
struct Law: Sendable {
  var table = TransitionTable.standard
  var rules = SafetyRule.allCases
}

/// Where a path may go on to.
struct Edge: Sendable {
  var label: String
  var to: Moment
  var isDisturbed: Bool
  /// Somebody mended what was disturbed; such a path is not disturbed again.
  var isMended = false
}

/// Everything that can follow one moment, and what is wrong with it.
struct Expansion: Sendable {
  var edges: [Edge] = []
  var fingerprints: [Int] = []
  var findings: [String] = []
  /// `rotate` says who must act, and on what.
  var isNamedWait = false
  /// All that `rotate` says.
  var words = ""
  /// What `status` says.
  var isBackPossible = false
  /// What was last seen is what is there, so that `status` can be held to its word.
  var isUpToDate = false
}

/// One place to try moments out: the engine with real law over a world that can be put back.
final class Workbench: Sendable {
  let setting: Setting
  let stage: Stage
  private let recorder: Recorder
  private let law: Law
  private let seen = Mutex(Coverage())

  init(_ setting: Setting, law: Law) {
    self.setting = setting
    self.law = law
    stage = setting.stage()
    recorder = Recorder(law.table)
  }

  var root: Moment { Moment(setting.stage()) }

  /// What a sample's run comes to under this law: findings, and where it may go on from.
  func replay(_ sample: Sample) async -> (findings: [String], next: [Moment]) {
    let run = await perform(sample.act, disturbedBy: sample.disturbance, at: sample.moment)
    var status = Expansion()
    sample.moment.judgeStatus(into: &status, in: setting)
    let refusals =
      switch sample.act {
      case .rollback(false), .abandon:
        sample.moment.judgeRefusal(of: sample.act, run.moment, isPossible: status.isBackPossible)
      default: [String]()
      }
    return (run.findings + refusals, [run.moment] + run.crashes)
  }

  var coverage: Coverage {
    var coverage = seen.withLock { $0 }
    coverage.guards = recorder.guards
    return coverage
  }

  // MARK: Expanding

  func expand(_ moment: Moment, disturbs: Bool) async -> Expansion {
    let disturbs = disturbs && setting.strikes(moment.newest?.phase)
    var expansion = Expansion()
    seen.withLock { seen in
      for axis in Moment.Axis.allCases { seen.axes[axis, default: []].insert(moment.place(on: axis)) }
    }
    moment.judgeStatus(into: &expansion, in: setting)
    var mended: Set<Mend> = []
    for act in Act.all(at: moment, in: setting) {
      let run = await perform(act, at: moment, keepsCrashes: disturbs)
      expansion.findings += run.findings.map { "\(act): \($0)" }
      if act == .rotate(.plain), let answer = run.answer {
        expansion.isNamedWait = answer.isNamed
        expansion.words = answer.words
      }
      if Mend.namers.contains(act), let answer = run.answer {
        for mend in Mend.asked(by: answer, at: run.moment) where mended.insert(mend).inserted {
          let done = await perform(.mend(mend), at: run.moment)
          expansion.add("\(act) and \(mend)", done.moment, from: moment, isDisturbed: false)
          expansion.edges[expansion.edges.count - 1].isMended = true
        }
      }
      if act == .rollback(acceptTainted: false) || act == .abandon {
        expansion.findings += moment.judgeRefusal(of: act, run.moment, isPossible: expansion.isBackPossible)
      }
      expansion.add(act.description, run.moment, from: moment, isDisturbed: false)
      guard disturbs, act.isRun else { continue }
      if setting.isPaired {
        await expandUnanswered(act, writes: run.writes, at: moment, into: &expansion)
        continue
      }
      for crash in run.crashes {
        note(.crash, at: moment)
        expansion.add("crash in \(act)", crash, from: moment, isDisturbed: true)
      }
      for disturbance in disturbances(of: act, after: run, at: moment) {
        let run = await perform(act, disturbedBy: disturbance, at: moment)
        note(disturbance, at: moment)
        expansion.findings += run.findings.map { "\(act) with \(disturbance): \($0)" }
        expansion.add("\(act) with \(disturbance)", run.moment, from: moment, isDisturbed: true)
        for crash in run.crashes {
          expansion.add("crash in \(act) with \(disturbance)", crash, from: moment, isDisturbed: true)
        }
      }
    }
    if disturbs {
      let changes =
        setting.isPaired ? Hand.pairs(at: moment, in: setting) : Hand.all(at: moment, in: setting).map { [$0] }
      for hands in changes { add(hands, at: moment, after: nil, to: &expansion) }
    }
    expansion.fingerprints = expansion.edges.map(\.to.fingerprint)
    return expansion
  }

  /// A write that got no answer, and right after it somebody changes something.
  private func expandUnanswered(_ act: Act, writes: Int, at moment: Moment, into expansion: inout Expansion) async {
    for index in 0..<writes {
      let disturbance = Disturbance.write(index, .heldUp)
      let run = await perform(act, disturbedBy: disturbance, at: moment)
      note(disturbance, at: moment)
      expansion.findings += run.findings.map { "\(act) with \(disturbance): \($0)" }
      for hand in Hand.all(at: run.moment, in: setting) {
        switch hand {
        case .removes, .revokes, .sets(_, .stranger), .sets(_, .outgoing):
          add([hand], at: run.moment, after: "\(act) with \(disturbance)", to: &expansion)
        default: break
        }
      }
    }
  }

  private func add(_ hands: [Hand], at moment: Moment, after: String?, to expansion: inout Expansion) {
    moment.put(on: stage)
    for hand in hands {
      hand.apply(to: stage, moment.newest, in: setting)
      note(.hand(hand), at: moment)
    }
    let label = ([after].compactMap { $0 } + hands.map { Disturbance.hand($0).description }).joined(separator: " and ")
    expansion.add(label, Moment(stage), from: moment, isDisturbed: true)
  }

  private func disturbances(of act: Act, after run: Run, at moment: Moment) -> [Disturbance] {
    let (writes, calls) = (run.writes, run.calls)
    let faults = Disturbance.Fault.allCases.filter { $0 != .half || !setting.writesWhole }
    var disturbances = (0..<writes).flatMap { index in faults.map { Disturbance.write(index, $0) } }
    switch act {
    case .rotate(.plain) where !setting.isNarrow, .rollback(false) where !setting.isNarrow,
      .abandon where !setting.isNarrow:
      disturbances += Disturbance.Outage.allCases.map { .outage($0) }
    default: break
    }
    switch act {
    case .rotate(.plain), .rollback(false), .abandon, .completeOverdue:
      for call in calls.indices where mayBeOvertaken(calls, at: call) {
        let others = [Act.rotate(.plain), .rollback(acceptTainted: false), .abandon]
        disturbances += others.map { .second($0, call: call) }
      }
    default: break
    }
    // A proof that a removal waits for: what the guards saw before it may not be so any more.
    if let removal = calls.lastIndex(of: "before replace") {
      let hands = Hand.all(at: moment, in: setting).filter(\.movesSigners)
      disturbances += run.proofs.filter { $0 < removal }.flatMap { call in hands.map { .meanwhile($0, call: call) } }
    }
    return disturbances
  }

  /// Another runner begins where this one waits for the answer to a write, or to the last of its questions, after which
  /// it commits. A target that settles at once is written by a process that holds the state until it ends.
  private func mayBeOvertaken(_ calls: [String], at call: Int) -> Bool {
    switch calls[call] {
    case "before replace", "before deploy": true
    case "before write": !setting.settlesAtOnce
    default: call == calls.count - 1
    }
  }

  private func note(_ disturbance: Disturbance, at moment: Moment) {
    let phase = moment.newest?.phase
    seen.withLock { seen in _ = seen.cells[disturbance.kind, default: []].insert(phase) }
  }

  // MARK: One run

  struct Run {
    var moment: Moment
    var crashes: [Moment] = []
    var findings: [String] = []
    var writes = 0
    var calls: [String] = []
    /// Of the calls, those for tokens that an act waited for.
    var proofs: [Int] = []
    var answer: Answer?
  }

  /// What a command said.
  struct Answer {
    var report: RunReport?
    var failure: Failure?

    var words: String {
      let failure = report?.failure ?? failure
      return ([report?.waiting.reason, failure?.summary].compactMap { $0 } + (failure?.remedy ?? []))
        .joined(separator: "; ")
    }

    /// Somebody or something is named, with what to do.
    var isNamed: Bool {
      guard let report else { return failure?.remedy.isEmpty == false }
      if report.waiting.on == .person || report.waiting.on == .neighbour {
        return report.waiting.reason?.isEmpty == false
      }
      if let failure = report.failure { return !failure.summary.isEmpty && !failure.remedy.isEmpty }
      return false
    }
  }

  func perform(
    _ act: Act, disturbedBy disturbance: Disturbance? = nil, at moment: Moment, keepsCrashes: Bool = true
  ) async -> Run {
    moment.put(on: stage)
    seen.withLock { $0.runs += 1 }
    recorder.beginRun()
    var outage: Disturbance.Outage?
    if case .outage(let silent)? = disturbance { outage = silent }
    let judge = Judge(act, at: moment, in: setting, outage: outage, isOvertaken: disturbance?.isSecond ?? false)
    let watch = Watch(stage, judge: judge, disturbance: disturbance, keepsCrashes: keepsCrashes)
    if let outage { begin(outage) }
    if case .second(let other, let call)? = disturbance {
      let beside = stage.ledger.besides()
      stage.world.meanwhile(after: call) { [self, outage] in
        let found = Moment(stage)
        let besideWatch = Watch(stage, judge: Judge(other, at: found, in: setting, outage: outage), disturbance: nil)
        _ = try? await command(other, found, ledger: beside, watch: besideWatch)
        watch.takeOver(besideWatch)
        stage.world.restart(CrashPlan { try watch.point($0) })
      }
    }
    var run = Run(moment: moment)
    if act.isRun {
      let obstacles =
        moment.newest.map { !$0.phase.isOpen } ?? true
        ? Judge.obstacles(Truth(stage), setting, live: stage.live, outage: outage) : []
      var answer = Answer()
      do { answer.report = try await command(act, moment, ledger: stage.ledger, watch: watch) } catch {
        switch error {
        case let failure as Failure: answer.failure = failure
        case is CrashPlan.Killed where judge.isOvertaken: break
        default: run.findings.append("it threw \(error)")
        }
      }
      run.answer = answer
      run.findings += watch.findings
      if let report = answer.report {
        run.findings += judge.answered(report, events: stage.ledger.look { $0.leaves.map(\.value) })
        run.findings += judgeOpening(report, obstacles, before: moment)
      }
    } else {
      run.findings += await otherwise(act, moment, watch: watch)
    }
    keepSamples(Sample(setting: setting, moment: moment, act: act, disturbance: disturbance))
    if outage != nil { stage.world.change { Self.clear(&$0) } }
    run.moment = Moment(stage)
    run.crashes = watch.crashes
    run.writes = watch.writes
    run.calls = watch.calls
    run.proofs = watch.proofs
    return run
  }

  private func keepSamples(_ sample: Sample) {
    var held = recorder.heldBack
    let refused = stage.ledger.look { $0.leaves.last { $0.value["rules"] != nil } }
    if let broken = refused?.value["rules"]?.array?.compactMap({ $0.string?.prefix { $0 != ":" } }), !broken.isEmpty {
      held.insert(Set(broken.map { Clause(row: Clause.rules, name: String($0)) }))
    }
    guard !held.isEmpty else { return }
    seen.withLock { seen in
      for clauses in held { seen.keep(sample, heldBackBy: clauses) }
    }
  }

  private func begin(_ outage: Disturbance.Outage) {
    stage.world.change { state in
      switch outage {
      case .portal: state.portalDead = true
      case .maskinporten: state.maskinportenDead = true
      case .targets: state.targetsDead = true
      case .beacons: state.beaconsDead = true
      case .reload: for name in state.places.keys { state.places[name]?.reloadFails = true }
      case .readiness: state.readiness = .mock
      }
    }
  }

  private static func clear(_ state: inout PaperWorld.State) {
    state.portalDead = false
    state.maskinportenDead = false
    state.targetsDead = false
    state.beaconsDead = false
    state.readiness = .ready
  }

  private func command(_ act: Act, _ moment: Moment, ledger: MemoryLedger, watch: Watch) async throws -> RunReport? {
    let plan = CrashPlan { try watch.point($0) }
    let engine = stage.engine(
      crash: plan, ledger: ledger, table: recorder.table, rules: law.rules, observe: { [self] in observe($0, watch) })
    func current(_ index: Int = 0) throws -> Rotation {
      let all = moment.rotations
      guard all.indices.contains(index) else { throw Failure(.rotationUnknown, "none", remedy: ["keyturn rotate"]) }
      return all[index]
    }
    switch act {
    case .rotate(let kind):
      var options = Engine.RotateOptions()
      options.new = kind == .new
      if kind == .untilPlanned { options.goal = .phase(.planned) }
      options.forward = kind == .forward
      options.acceptForeign = kind == .acceptForeign
      options.reassert = kind == .reassert
      options.reason = "explored"
      return try await engine.rotate(options)
    case .advance: return try await engine.advance(current())
    case .rollback(let taint): return try await engine.rollback(current(), reason: "explored", acceptTainted: taint)
    case .rollbackOlder: return try await engine.rollback(current(1), reason: "explored", acceptTainted: false)
    case .abandon: return try await engine.abandon(current(), reason: "explored")
    case .completeOverdue:
      try ledger.claim()
      return try await Engine.completeOverdue(engine.parts, engine: nil)
    case .plan, .attest, .approve, .list, .unlist, .restart, .makeRoom, .pass, .landing, .mend: return nil
    }
  }

  private func observe(_ event: EngineEvent, _ watch: Watch) {
    switch event {
    case .stepBegan(let step, let phase): watch.begin(step, phase)
    case .phase(let phase, _):
      noteRow(watch)
      watch.done(to: phase)
    // A repair that leaves the phase as it is.
    case .note(let words) where words.contains("is listed again; the phase is still"): noteRow(watch)
    default: break
    }
  }

  private func noteRow(_ watch: Watch) {
    guard let (step, from) = watch.step else { return }
    seen.withLock { $0.rows["\(from.rawValue).\(step.rawValue)", default: 0] += 1 }
  }

  private func judgeOpening(_ report: RunReport, _ obstacles: Set<String>, before: Moment) -> [String] {
    let hasOpened = stage.ledger.look { $0.order.count } > before.ledger.order.count
    if hasOpened { return obstacles.sorted().map { "a rotation was opened although not \($0)" } }
    guard report.rotation == nil, report.outcome == .refused else { return [] }
    let named = Set(report.verdicts.filter { !$0.holds }.map(\.guardName))
    return obstacles.subtracting(named).sorted().map { "refused without naming \($0)" }
      + (named.isEmpty ? ["refused without a reason"] : [])
  }

  /// What people, time and the world do.
  private func otherwise(_ act: Act, _ moment: Moment, watch: Watch) async -> [String] {
    let world = stage.world
    let plan = CrashPlan()
    stage.ledger.restart(plan)
    world.restart(plan)
    switch act {
    case .attest(let fact): _ = try? moment.newest.map { try Desk(parts: stage.parts()).attest(fact, $0) }
    case .approve(let step):
      _ = try? moment.newest.map { try Desk(parts: stage.parts("ola")).approve(step, $0, reason: "explored") }
    case .list(let kid):
      guard
        let key = [moment.newest?.outgoing, moment.newest?.incoming].compactMap({ $0 }).first(where: { $0.kid == kid })
      else { break }
      world.replaceKeys(world.look(\.keys).filter { $0.kid != kid } + [PortalKey(key)], early: true)
    case .unlist(let kid): world.replaceKeys(world.look(\.keys).filter { $0.kid != kid })
    case .restart(let name): world.restart(name)
    case .makeRoom:
      let keys = world.look(\.keys)
      guard let last = keys.lastIndex(where: { $0.kid.rawValue.hasPrefix("kid-other") }) else { break }
      world.replaceKeys(keys.indices.filter { $0 != last }.map { keys[$0] })
    case .pass(let time):
      world.change {
        $0.lateWrite = nil; $0.lateSetting = nil
      }
      stage.clock.advance(by: .seconds(time.rawValue))
    case .landing:
      let before = Truth(stage)
      world.landLateWrite()
      let after = Truth(stage)
      return before.world.lateSetting == nil
        ? watch.judge.portalChanged(from: before, to: after, landing: true)
        : watch.judge.settingChanged(from: before, to: after, landing: true)
    case .mend(let mend): mend.apply(to: stage, moment.newest)
    case .plan:
      let engine = stage.engine(table: recorder.table, rules: law.rules)
      let obstacles = Judge.obstacles(Truth(stage), setting, live: stage.live, outage: nil)
      guard let plan = try? await engine.plan() else { return ["plan threw"] }
      let named = Set(plan.verdicts.filter { !$0.holds }.map(\.guardName))
      return obstacles.subtracting(named).sorted().map { "plan does not name \($0)" }
    case .rotate, .advance, .rollback, .rollbackOlder, .abandon, .completeOverdue: break
    }
    return []
  }
}

extension Expansion {
  mutating func add(_ label: String, _ to: Moment, from: Moment, isDisturbed: Bool) {
    edges.append(Edge(label: label, to: to, isDisturbed: isDisturbed))
  }
}
