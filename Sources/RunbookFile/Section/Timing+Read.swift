internal import RotationCore

enum TimingMember: String, Member {
  case propagation, overlap, quarantine, settle
  case expiryWarning = "expiry_warning"
  static let section = "timing"
}

extension Runbook.Timing {
  /// The longest life of a token that Maskinporten is known to give (facts: 7200 s), and 130 s for grants in flight.
  private static let longestToken = Duration.seconds(7_200)
  private static let inFlight = Duration.seconds(130)
  /// Digdir's only published figure for a key set to reach the token service (`oidc_api_admin`).
  private static let publishedPropagation = Duration.seconds(120)

  /// What holds without a `timing` section. For a tainted key nothing waits that was not asked for.
  static func standard(emergency: Bool) -> Self {
    emergency ? Self(overlap: .zero, quarantine: .zero) : Self()
  }

  static func read(
    _ reader: MappingReader<TimingMember>, in environment: Runbook.Environment?, emergency: Bool
  ) -> Self? {
    var timing = standard(emergency: emergency)
    if let given = reader.optional(.propagation, .duration) { timing.propagation = given }
    if let given = reader.optional(.overlap, .duration) { timing.overlap = given }
    if let given = reader.optional(.settle, .duration) { timing.settle = given }
    if let given = reader.optional(.expiryWarning, .duration) { timing.expiryWarning = given }
    if let given = reader.optional(.quarantine, .duration) {
      if emergency, given > .zero {
        reader.reading.warn(
          "`\(reader.path(of: .quarantine))` is not used when `emergency` is true: the tainted key has none",
          at: reader.place(of: .quarantine))
      } else {
        timing.quarantine = given
      }
    }
    if !emergency { timing.checkFloor(reader, in: environment) }
    if emergency, timing.overlap > .zero {
      reader.reading.warn(
        "`\(reader.path(of: .overlap))` keeps the tainted key listed for \(timing.overlap.short) after `verified`",
        at: reader.place(of: .overlap))
    }
    if environment == .production || environment == .test, timing.propagation < publishedPropagation {
      reader.reading.warn(
        "`\(reader.path(of: .propagation))` is shorter than the two minutes that Digdir names",
        at: reader.place(of: .propagation))
    }
    return timing
  }

  /// In production and test the overlap covers propagation, every token still in use and every grant in flight.
  private func checkFloor(_ reader: MappingReader<TimingMember>, in environment: Runbook.Environment?) {
    let floor = propagation + Self.longestToken + Self.inFlight
    guard overlap < floor else { return }
    let place = reader.place(of: reader.gives(.overlap) ? .overlap : .propagation)
    let sum = "\(floor.components.seconds)s (propagation, 7200s of token life and 130s)"
    switch environment {
    case .production, .test:
      reader.reading.fault("`timing.overlap` must be at least \(sum) in production and test", at: place)
    case .custom:
      reader.reading.warn("`timing.overlap` is shorter than the floor of production and test, \(sum)", at: place)
    case nil: break
    }
  }
}
