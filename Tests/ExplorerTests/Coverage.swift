import RotationCore
import Synchronization

/// What the engine was seen to do: rows taken, guards seen both ways, cells of phase and disturbance.
struct Coverage: Sendable {
  struct Seen: Sendable { var yes = 0, no = 0 }

  /// By row: how often its step was done.
  var rows: [String: Int] = [:]
  var guards: [Clause: Seen] = [:]
  /// By disturbance: the phases in which it struck; nil before a rotation.
  var cells: [String: Set<Phase?>] = [:]
  /// By dimension: the places on it that were seen.
  var axes: [Moment.Axis: Set<Int>] = [:]
  var runs = 0
  /// What alone held a run back, and where: the places at which a law without it goes another way.
  var samples: [Set<Clause>: [Sample]] = [:]

  static let samplesKept = 12

  mutating func keep(_ sample: Sample, heldBackBy clauses: Set<Clause>) {
    if samples[clauses, default: []].count < Self.samplesKept { samples[clauses, default: []].append(sample) }
  }

  mutating func merge(_ other: Coverage) {
    rows.merge(other.rows, uniquingKeysWith: +)
    guards.merge(other.guards) { Seen(yes: $0.yes + $1.yes, no: $0.no + $1.no) }
    cells.merge(other.cells) { $0.union($1) }
    axes.merge(other.axes) { $0.union($1) }
    runs += other.runs
    samples.merge(other.samples) { Array(($0 + $1).prefix(4 * Self.samplesKept)) }
  }
}

/// A run that something of the law held back: where it began and what was done.
struct Sample: Sendable {
  var setting: Setting
  var moment: Moment
  var act: Act
  var disturbance: Disturbance?
}

/// One thing that the law says: a guard of a row (the opening is a row), or a safety rule.
struct Clause: Hashable, Sendable, Comparable, CustomStringConvertible {
  var row: String
  var name: String

  var description: String { "\(row) \(name)" }
  static func < (left: Self, right: Self) -> Bool { left.description < right.description }

  static let opening = "opening"
  static let rules = "rule"

  static func all(of law: Law) -> [Clause] {
    law.table.opening.map { Clause(row: opening, name: $0.name) }
      + law.table.rows.flatMap { row in row.guards.map { Clause(row: row.name, name: $0.name) } }
      + law.rules.map { Clause(row: rules, name: $0.rawValue) }
  }
}

extension Transition {
  var name: String { "\(from.rawValue).\(step.rawValue)" }
}

/// The law as given, with a note of every verdict. A row's guards are read in order, so the first begins a new reading.
final class Recorder: Sendable {
  private struct Notes {
    var seen: [Coverage.Seen]
    var readings: [Set<Int>] = []
  }

  private let notes: Mutex<Notes>
  private let clauses: [Clause]
  let table: TransitionTable

  init(_ law: TransitionTable) {
    var clauses: [Clause] = []
    var table = law
    let relay = Relay()
    func noted<Input>(_ guards: [Guard<Input>], row: String) -> [Guard<Input>] {
      guards.enumerated().map { index, claim in
        let slot = clauses.count
        clauses.append(Clause(row: row, name: claim.name))
        return Guard(claim.name, needs: claim.needs) { facts in
          relay.note(slot, isFirst: index == 0, claim(facts))
        }
      }
    }
    table.opening = noted(law.opening, row: Clause.opening)
    for index in table.rows.indices {
      table.rows[index].guards = noted(law.rows[index].guards, row: law.rows[index].name)
    }
    self.table = table
    self.clauses = clauses
    notes = Mutex(Notes(seen: Array(repeating: .init(), count: clauses.count)))
    relay.connect(self)
  }

  var guards: [Clause: Coverage.Seen] {
    Dictionary(zip(clauses, notes.withLock { $0.seen }), uniquingKeysWith: { first, _ in first })
  }

  func beginRun() { notes.withLock { $0.readings = [] } }

  /// What held back each reading of this run in which something did.
  var heldBack: Set<Set<Clause>> {
    let readings = notes.withLock { $0.readings }
    return Set(readings.filter { !$0.isEmpty }.map { Set($0.map { clauses[$0] }) })
  }

  fileprivate func note(_ slot: Int, isFirst: Bool, _ holds: Bool) {
    notes.withLock { notes in
      if isFirst { notes.readings.append([]) }
      if holds {
        notes.seen[slot].yes += 1
      } else {
        notes.seen[slot].no += 1
        notes.readings[notes.readings.count - 1].insert(slot)
      }
    }
  }

  /// Guards are made before their recorder is.
  private final class Relay: Sendable {
    private let recorder = Mutex<Weak>(Weak())
    private struct Weak: Sendable { weak var recorder: Recorder? }
    func connect(_ recorder: Recorder) { self.recorder.withLock { $0.recorder = recorder } }
    func note(_ slot: Int, isFirst: Bool, _ verdict: Verdict) -> Verdict {
      recorder.withLock { $0.recorder }?.note(slot, isFirst: isFirst, verdict.holds)
      return verdict
    }
  }
}
