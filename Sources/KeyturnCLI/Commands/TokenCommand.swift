internal import ArgumentParser
internal import Foundation
internal import Neighbours
internal import RotationCore
private import Synchronization

/// `keyturn token`
struct TokenCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "One token exchange with the process environment, live or mock.",
    discussion: """
      Prints the token's claims and how long it took, never the token unless --print-token is given. No cache: a \
      token that is printed was given just now. 4 attempts on 5xx, 429 and network errors, one on everything else. \
      Plain HTTP is taken for loopback addresses alone, so that keyturn simulate can be asked. Exit 0: a token; 1: \
      refused, or the environment is not ready; 69: no answer.

      Examples:
        keyturn token
        keyturn token --scope altinn:serviceowner/instances.read --json
        curl -H "Authorization: Bearer $(keyturn token --print-token)" https://api.example/
      """)

  @OptionGroup var asked: ScopeOptions
  @Flag(name: .customLong("print-token"), help: "Print the token itself: a secret until it expires.")
  var printToken = false
  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let meta = session.meta()
    let source: any TokenSource
    let mode = MaskinportenMode(in: session.configuration.environment)
    do { source = try chosen(mode, session) } catch let findings as LiveFindings {
      let answer = Readiness.notReady(findings.all).answer(meta)
      session.console.error(findings.all)
      if session.console.json, let answer { session.console.document(answer.envelope) }
      return .failed
    }
    let last = Mutex<ExchangeEvent?>(nil)
    let outcome = await source.token { event in last.withLock { $0 = event } }
    if case .token(let token) = outcome {
      let report = TokenReport(
        mode: mode, token: token, last: last.withLock { $0 }, printsToken: printToken)
      session.console.answer(report)
      return .done
    }
    guard let failure = outcome.failure else { return .failed }
    session.console.error(failure)
    if session.console.json { session.console.document(Self.answer(failure, meta).envelope) }
    return ExitStatus(failure.code)
  }

  /// The live client for `live`, the mock for anything else.
  private func chosen(_ mode: MaskinportenMode, _ session: Session) throws -> any TokenSource {
    let variables = session.configuration.environment
    let scopes = asked.scopes(session.configuration)
    switch mode {
    case .mock:
      if LiveEnvironment.isProduction(variables) {
        session.console.warning("VERCEL_ENV is production and MASKINPORTEN_MODE is not live: this token opens nothing")
      }
      if let flaw = HiddenFlaw(of: .mode, in: variables) { session.console.warning(flaw.summary) }
      return MockTokens(
        kid: KeyID(LiveEnvironment.value(.kid, in: variables) ?? "mock"), scopes: scopes, clock: session.clock)
    case .live:
      return try LiveParts(LiveParts.environment(in: variables), session.configuration).tokens(
        scopes: scopes, deadline: .seconds(asked.deadline),
        signals: session.configuration.signals.exchanges(session.configuration))
    }
  }

  /// Bokmål for an API's consumer, English for the operator beside it.
  private static func answer(_ failure: Failure, _ meta: AnswerMeta) -> ErrorAnswer {
    let code = AnswerCode(failure.code)
    return ErrorAnswer(
      code, .of(code, for: .consumer), operatorExplanation: .of(code, for: .operator), mpCode: failure.mpCode,
      traceID: failure.traceID, meta)
  }
}
