package import RotationCore

/// The process' exit codes (contract, section 4).
package enum ExitStatus: Int32, Sendable, Hashable, CaseIterable {
  /// Reached the end, reached `--until`, or answered.
  case done = 0
  case failed = 1
  /// Nothing changed.
  case refused = 3
  /// Stopped midway: run it again.
  case midway = 4
  /// For a time or a person.
  case waiting = 5
  /// Ended in `rolledBack` or `abandoned`.
  case wentBack = 6
  case usage = 64
  /// A bad runbook or input, a `${NAME}` that is not set included.
  case badInput = 65
  /// A neighbour cannot be reached.
  case unreachable = 69
  /// Another process holds the rotation.
  case busy = 75

  package init(_ report: RunReport) { self = ExitStatus(rawValue: report.exitCode) ?? .failed }

  /// For a failure that ended a command before the engine could report.
  package init(_ code: FailureCode) {
    switch code {
    case .refused, .passphraseMissing, .rotationUnknown, .keyUnknown: self = .refused
    case .conflict, .unknownOutcome, .stopped, .ownershipLost: self = .midway
    case .runbookInvalid, .inputInvalid: self = .badInput
    case .neighbourUnreachable, .transientUpstreamFailure, .timeout: self = .unreachable
    case .stateBusy: self = .busy
    case .maskinportenAuthFailed, .maskinportenScopeDenied, .maskinportenRequestRejected, .neighbourRejected,
      .deployFailed, .verificationFailed, .stateDamaged, .stateForeign, .stateNotWritable, .statePermissions,
      .passphraseWrong, .keyUnusable, .internalError:
      self = .failed
    }
  }

  /// `keyturn: error: …` and a hint go along (all but 0, 5 and 6).
  package var isTrouble: Bool {
    switch self {
    case .done, .waiting, .wentBack: false
    case .failed, .refused, .midway, .usage, .badInput, .unreachable, .busy: true
    }
  }
}
