internal import RotationCore

enum VerificationMember: String, Member {
  case readinessURL = "readiness_url"
  case readinessSecret = "readiness_secret"
  case successes, interval, budget
  static let section = "verification"
}

extension Runbook.Verification {
  static func read(_ reader: MappingReader<VerificationMember>, in environment: Runbook.Environment?) -> Self? {
    let standard = Self()
    let url = reader.optional(.readinessURL, .url(in: environment))
    let secret = reader.optional(.readinessSecret, .secret(inClear: .refusedOutsideCustom(environment)))
    if reader.gives(.readinessURL), !reader.gives(.readinessSecret) {
      reader.reading.warn(
        "`\(reader.path(of: .readinessURL))` is asked without a secret; the probe answers 401 unless it is open",
        at: reader.place(of: .readinessURL))
    }
    return Self(
      readinessURL: url, readinessSecret: secret,
      successes: reader.optional(.successes, .integer(in: 1...100)) ?? standard.successes,
      interval: reader.optional(.interval, .duration) ?? standard.interval,
      budget: reader.optional(.budget, .duration(atLeast: .seconds(1))) ?? standard.budget)
  }
}
