extension Form where Value == Duration {
  /// 366 days.
  static var longest: Duration { .seconds(366 * 86_400) }

  /// `90s`, `5m`, `24h` or `30d`.
  static var duration: Form { duration(atLeast: .zero) }

  static func duration(atLeast least: Duration) -> Form {
    Form { branch, reading in
      let claim = "must be a duration such as 90s, 5m, 24h or 30d, at most 366d"
      guard case .text(let written, let isPlain) = branch.content, !isPlain || PlainScalar(written) == .text else {
        return reading.refuse(branch, claim)
      }
      guard let text = Form<String>.text.read(branch, reading) else { return nil }
      guard let value = parse(text), value <= longest else { return reading.refuse(branch, claim) }
      return value >= least ? value : reading.refuse(branch, "must be at least \(least.components.seconds)s")
    }
  }

  private static func parse(_ text: String) -> Duration? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    let digits = text.dropLast()
    guard let unit = text.last.flatMap({ units[$0] }), (1...9).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let count = Int64(digits)
    else { return nil }
    return .seconds(count * unit)
  }
}
