internal import RotationCore

/// Tells what went wrong in the form that the caller asked for.
struct ErrorSpeaker {
  /// `Accept` names `application/problem+json`.
  var wantsProblem: Bool
  var meta: AnswerMeta

  func say(_ answer: ErrorAnswer) -> DoorAnswer {
    wantsProblem
      ? .json(answer.problem, status: answer.status, type: ErrorAnswer.problemType)
      : .json(answer.envelope, status: answer.status)
  }

  /// `explanation` and `status` are the code's own where nil.
  func say(_ code: AnswerCode, _ explanation: Explanation? = nil, status: Int? = nil) -> DoorAnswer {
    say(ErrorAnswer(code, explanation ?? .of(code, for: .operator), status: status, meta))
  }

  /// The state cannot be read.
  func say(_ failure: Failure) -> DoorAnswer {
    say(.serverError, Explanation(failure.summary, why: failure.cause, fixSteps: failure.remedy), status: 503)
  }
}
