/// The seed's readiness verdict: a pure function of the environment, safe to ask at every release.
package enum Readiness: Sendable, Hashable {
  case ready
  /// `MASKINPORTEN_MODE` is not `live`; nothing else was looked at.
  case mock
  case notReady([LiveFinding])
  /// The bearer was refused, or there is no usable secret to compare it with.
  case unauthorized

  /// Never `unauthorized`: who may ask is the door's to judge.
  package init(of variables: [String: String], checkingKeyWith key: any LiveKeyCheck) {
    guard MaskinportenMode(in: variables) == .live else {
      let isProduction = LiveEnvironment.isProduction(variables)
      let detail = HiddenFlaw(of: .mode, in: variables)?.told
      self = isProduction ? .notReady([LiveFinding(.mode, .mockInProduction, detail: detail)]) : .mock
      return
    }
    do {
      _ = try LiveEnvironment(reading: variables, checkingKeyWith: key)
      self = .ready
    } catch { self = .notReady(error.all) }
  }

  /// Of the HTTP answer.
  package var statusCode: Int {
    switch self {
    case .ready, .mock: 200
    case .unauthorized: 401
    case .notReady: 503
    }
  }

  /// The exact body. `meta` stands in the 401 and 503 shapes alone.
  package func body(_ meta: AnswerMeta) -> JSONValue {
    switch self {
    case .ready: ["status": "ready"]
    case .mock: ["status": "mock"]
    case .notReady, .unauthorized: answer(meta)?.envelope ?? .null
    }
  }

  /// The same as an error answer, for `application/problem+json`; nil for the two 200 shapes.
  package func answer(_ meta: AnswerMeta) -> ErrorAnswer? {
    switch self {
    case .ready, .mock: nil
    case .notReady(let findings):
      ErrorAnswer(
        .serverError, Explanation("Maskinporten live-mode prerequisites are not satisfied"), failures: findings,
        status: statusCode, meta)
    case .unauthorized: ErrorAnswer(.unauthorized, .of(.unauthorized, for: .operator), status: statusCode, meta)
    }
  }
}
