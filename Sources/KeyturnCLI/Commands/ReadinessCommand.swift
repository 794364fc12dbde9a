internal import ArgumentParser
internal import Foundation
internal import KeyMaterial
internal import Neighbours
internal import RotationCore

/// `keyturn readiness`
struct ReadinessCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "readiness", abstract: "Go or no-go for the live integration, from the process environment alone.",
    discussion: """
      Checks MASKINPORTEN_MODE, MASKINPORTEN_CLIENT_ID, MASKINPORTEN_KID, MASKINPORTEN_PRIVATE_KEY, \
      MASKINPORTEN_TOKEN_ENDPOINT, MASKINPORTEN_ISSUER and INTERNAL_API_SECRET, all findings at once. Uses no \
      network: ready says that the settings can sign, not that Maskinporten knows the key (keyturn token says that). \
      Exit 0: ready, or mock; 1: not ready. With --json it prints what the readiness route answers.

      Examples:
        keyturn readiness
        systemd-run --pipe --wait -p EnvironmentFile=/srv/app/.env keyturn readiness
        keyturn readiness --json
      """)

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let variables = session.configuration.environment
    let readiness = Readiness(of: variables, checkingKeyWith: SigningTrial())
    let flaws = HiddenFlaw.all(in: variables)
    session.console.answer(
      ReadinessReport(readiness: readiness, mode: variables[LiveVariable.mode.rawValue], meta: session.meta()))
    for flaw in flaws where flaw.field != .apiSecret { session.console.warning(flaw.summary) }
    switch readiness {
    case .ready, .mock:
      if let problem = LiveEnvironment.problemOfSecret(in: variables) {
        session.console.warning("INTERNAL_API_SECRET \(problem): the readiness route answers 401 to everybody")
        session.console.hint(LiveVariable.apiSecret.remedy)
      }
      return .done
    case .notReady(let findings):
      session.console.error(findings)
      return .failed
    case .unauthorized: return .failed
    }
  }
}

private struct ReadinessReport: Answer {
  var readiness: Readiness
  /// As set; nil where it is not.
  var mode: String?
  var meta: AnswerMeta
  var json: JSONValue { readiness.body(meta) }

  func text(_ console: Console) -> String {
    switch readiness {
    case .ready: console.ink(.green, "ready") + ": every variable is there and the key signs"
    case .mock:
      "mock: MASKINPORTEN_MODE is \(mode.map { HiddenFlaw.quoted($0) + ", " } ?? "")not live; nothing else was looked"
        + " at"
    case .notReady(let findings):
      ([console.ink(.red, "not ready")] + findings.map { "  \($0.field.rawValue): \($0.reason.rawValue)" })
        .joined(separator: "\n")
    case .unauthorized: "unauthorized"
    }
  }
}

extension Console {
  /// Each finding with what exactly is wrong, then what to do about it.
  func error(_ findings: [LiveFinding]) {
    error(
      "the live environment is not ready: " + findings.map { Cause($0).summary }.joined(separator: "; "),
      hints: findings.map { "\($0.field.rawValue): \($0.remedy)" })
  }
}

extension Session {
  /// For an answer of this process, given now, under the id that its calls carry.
  func meta() -> AnswerMeta {
    AnswerMeta(
      version: Program.version, timestamp: clock.now(),
      correlationID: RequestTrace.current?.correlationID ?? UUID().uuidString.lowercased())
  }
}
