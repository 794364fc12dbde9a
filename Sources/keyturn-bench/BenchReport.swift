import Foundation
import RotationCore

/// All figures of one run, as a table or as one JSON document.
struct BenchReport {
  var machine: String
  var figures: [Figure]

  var json: JSONValue {
    ["schema": "keyturn.bench/v1", "machine": .string(machine), "figures": .array(figures.map(\.json))]
  }

  var text: String {
    let rows = figures.map(\.cells)
    let heads = ["figure", "median", "unit", "min..max", "goal", "met"]
    let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        .trimmingSuffix { $0 == " " }
    }
    var lines = [machine, "", line(heads)]
    for (figure, cells) in zip(figures, rows) {
      lines.append(line(cells))
      lines += ([figure.how] + figure.notes).map { "    \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Figure {
  fileprivate var cells: [String] {
    guard let median, let least = samples.min(), let most = samples.max() else { return [name, "-", "", "", "", ""] }
    return [
      name, median.short, unit, samples.count > 1 ? "\(least.short)..\(most.short) (\(samples.count))" : "one run",
      goal?.words ?? "", goal.map { $0.isMet(by: median) ? "yes" : "no" } ?? "",
    ]
  }

  fileprivate var json: JSONValue {
    var members: [String: JSONValue] = [
      "name": .string(name), "unit": .string(unit), "median": median.map { .number($0) } ?? .null,
      "samples": .array(samples.map { .number($0) }), "how": .string(how), "notes": .array(notes.map { .string($0) }),
      "goal": .null, "met": .null,
    ]
    if let goal {
      members["goal"] = goal.json
      members["met"] = median.map { .bool(goal.isMet(by: $0)) } ?? .null
    }
    return .object(members)
  }
}

extension Figure.Goal {
  fileprivate var words: String {
    switch self {
    case .atMost(let limit): "<= \(limit.short)"
    case .atLeast(let limit): ">= \(limit.short)"
    }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .atMost(let limit): ["at_most": .number(limit)]
    case .atLeast(let limit): ["at_least": .number(limit)]
    }
  }
}

extension Double {
  /// Three digits are what a repeated measurement bears.
  var short: String {
    let digits = magnitude >= 100 || self == rounded() ? 0 : magnitude >= 10 ? 1 : 2
    return formatted(.number.precision(.fractionLength(digits)).locale(Locale(identifier: "en_US_POSIX")))
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isOut: (Character) -> Bool) -> String {
    String(self[..<(lastIndex { !isOut($0) }.map(index(after:)) ?? startIndex)])
  }
}
