internal import Foundation

/// How a run ended. Raw values are the JSON's `outcome`.
package enum Outcome: String, Sendable, Hashable, Codable { case waiting, done, refused, failed, midway }

/// The answer of every engine operation: where the rotation stands and why it stopped there.
package struct RunReport: Sendable {
  /// Nil when none could be opened.
  package let rotation: Rotation?
  package let outcome: Outcome
  package let waiting: Waiting
  package let failure: Failure?
  /// The verdicts that were read last.
  package let verdicts: [RecordedVerdict]

  package init(
    rotation: Rotation?, outcome: Outcome, waiting: Waiting = .nothing, failure: Failure? = nil,
    verdicts: [RecordedVerdict] = []
  ) {
    self.rotation = rotation
    self.outcome = outcome
    self.waiting = waiting
    self.failure = failure
    self.verdicts = verdicts
  }

  /// A rotation past its removal, as it is: done, unless somebody must act.
  package init(standing last: Rotation) {
    let isHeld = last.phase == .retired && last.waiting.on == .person
    self.init(rotation: last, outcome: isHeld ? .waiting : .done, waiting: last.waiting)
  }

  /// The process' exit code (contract, section 4).
  package var exitCode: Int32 {
    switch outcome {
    case .done:
      switch rotation?.phase {
      case .rolledBack, .abandoned: 6
      default: 0
      }
    case .waiting: waiting.on == .neighbour ? 69 : 5
    case .refused: failure?.code == .neighbourUnreachable ? 69 : 3
    case .failed: 1
    case .midway: 4
    }
  }
}

/// Why a step ended without making its fact true.
struct Stop: Error {
  var outcome: Outcome
  var waiting = Waiting.nothing
  var failure: Failure?

  static func waits(on person: String, guardName: String? = nil) -> Stop {
    Stop(outcome: .waiting, waiting: Waiting(on: .person, guardName: guardName, reason: person))
  }

  static func refused(_ summary: String, remedy: [String] = []) -> Stop {
    Stop(outcome: .refused, failure: Failure(.refused, summary, remedy: remedy))
  }

  /// Something may have changed and needs a person; held in the phase last made true.
  static func failed(_ failure: Failure) -> Stop {
    Stop(
      outcome: .failed, waiting: Waiting(on: .person, reason: "rotate tries again, rollback goes back"),
      failure: failure)
  }

  static func midway(_ failure: Failure) -> Stop { Stop(outcome: .midway, failure: failure) }

  static let asked = Stop(
    outcome: .midway, failure: Failure(.stopped, "stopped as asked", remedy: ["run the same command again to go on"]))
}
