internal import RotationCore

/// SplitMix64: chance that a seed repeats, so that a rehearsal that failed can be run again.
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// `count` lower-case hexadecimal digits.
  mutating func hex(_ count: Int) -> String {
    let digits = Array("0123456789abcdef")
    return String((0..<count).map { _ in digits[Int(next() & 15)] })
  }

  /// A duration within `range`.
  mutating func duration(in range: ClosedRange<Duration>) -> Duration {
    .seconds(Double.random(in: range.lowerBound.inSeconds...range.upperBound.inSeconds, using: &self))
  }
}
