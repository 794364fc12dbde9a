internal import Foundation
internal import RotationCore
internal import RotationStore

/// What a list of rotations comes to: how they ended, how long they took, how often they waited or were refused.
struct HistoryStatistics {
  private let rotations: [RotationSummary]
  /// Of those that have ended, shortest first, in seconds.
  private let durations: [TimeInterval]

  init(_ rotations: [RotationSummary]) {
    self.rotations = rotations
    durations = rotations.compactMap(\.duration).sorted()
  }

  private var median: TimeInterval? {
    durations.isEmpty ? nil : (durations[(durations.count - 1) / 2] + durations[durations.count / 2]) / 2
  }

  private var outcomes: [String: Int] {
    Dictionary(grouping: rotations) { $0.phase.isOpen ? "open" : $0.phase.rawValue }.mapValues(\.count)
  }

  private var rollbacks: Int { rotations.count { $0.rollback != nil } }

  private func sum(_ count: KeyPath<RotationTally, Int>) -> Int {
    rotations.reduce(0) { $0 + $1.tally[keyPath: count] }
  }

  var json: JSONValue {
    func seconds(_ duration: TimeInterval?) -> JSONValue { duration.map { .integer(Int64($0.rounded())) } ?? .null }
    return [
      "rotations": .integer(Int64(rotations.count)), "outcomes": .object(outcomes.mapValues { .integer(Int64($0)) }),
      "duration_s": [
        "shortest": seconds(durations.first), "median": seconds(median), "longest": seconds(durations.last),
      ],
      "waits": .integer(Int64(sum(\.waits))), "refusals": .integer(Int64(sum(\.refusals))),
      "failures": .integer(Int64(sum(\.failures))), "rollbacks": .integer(Int64(rollbacks)),
    ]
  }

  var text: String {
    let ends = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    var lines = ["\(counted(rotations.count, "rotation")): \(ends)"]
    if let shortest = durations.first, let median, let longest = durations.last {
      lines.append("took \(median.inWords) (median; \(shortest.inWords) to \(longest.inWords))")
    }
    lines.append(
      [
        counted(sum(\.waits), "wait"), counted(sum(\.refusals), "refusal"),
        counted(sum(\.failures), "failure or stop", "failures or stops"),
        counted(rollbacks, "rollback"),
      ].joined(separator: ", "))
    return lines.joined(separator: "\n")
  }
}

/// `1 wait`, `2 waits`.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
