import RotationCore

/// One thing measured: what was found, what it is held against, and how it was come by. Nothing is asserted.
struct Figure {
  enum Goal {
    case atMost(Double)
    case atLeast(Double)

    func isMet(by value: Double) -> Bool {
      switch self {
      case .atMost(let limit): value <= limit
      case .atLeast(let limit): value >= limit
      }
    }
  }

  var name: String
  var unit: String
  /// Of several runs; the median is what counts. Empty: it could not be measured here, and `how` says why.
  var samples: [Double]
  var goal: Goal?
  var how: String
  /// What stands beside it: counts by file, figures of others.
  var notes: [String] = []

  static func absent(_ name: String, because reason: String) -> Figure {
    Figure(name: name, unit: "", samples: [], how: "not measured: \(reason)")
  }

  var median: Double? { samples.median }
}

extension [Double] {
  var median: Double? {
    if isEmpty { return nil }
    let ordered = sorted()
    return (ordered[(count - 1) / 2] + ordered[count / 2]) / 2
  }
}

/// `left` through `right`, pair by pair: what is measured in turns shares the weather.
func ratios(_ left: [Double], through right: [Double]) -> [Double] {
  zip(left, right).compactMap { $1 > 0 ? $0 / $1 : nil }
}
