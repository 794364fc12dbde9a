import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct ExitStatusTests {
  @Test func `a run's outcome gives the contract's exit code`() {
    func status(_ outcome: Outcome, _ phase: Phase = .proven, _ on: Waiting.On = .nothing, _ code: FailureCode? = nil)
      -> Int32
    {
      var rotation = Sample.proven()
      rotation.phase = phase
      return ExitStatus(
        RunReport(
          rotation: rotation, outcome: outcome, waiting: Waiting(on: on), failure: code.map { Failure($0, "x") })
      ).rawValue
    }
    #expect(status(.done) == 0)
    #expect(status(.done, .retired) == 0)
    #expect(status(.failed) == 1)
    #expect(status(.refused) == 3)
    #expect(status(.midway) == 4)
    #expect(status(.waiting, .proven, .time) == 5)
    #expect(status(.waiting, .proven, .person) == 5)
    #expect(status(.done, .rolledBack) == 6)
    #expect(status(.done, .abandoned) == 6)
    #expect(status(.waiting, .proven, .neighbour) == 69)
    #expect(status(.refused, .proven, .nothing, .neighbourUnreachable) == 69)
  }

  static let codes: [(FailureCode, Int32)] = [
    (.passphraseMissing, 3), (.refused, 3), (.rotationUnknown, 3), (.stateBusy, 75), (.passphraseWrong, 1),
    (.stateDamaged, 1), (.stateForeign, 1), (.statePermissions, 1), (.stateNotWritable, 1), (.runbookInvalid, 65),
    (.inputInvalid, 65), (.neighbourUnreachable, 69), (.ownershipLost, 4), (.conflict, 4), (.stopped, 4),
  ]

  @Test(arguments: codes) func `a failure's code gives the contract's exit code`(code: FailureCode, expected: Int32) {
    #expect(ExitStatus(code).rawValue == expected)
  }

  @Test func `only 0, 5 and 6 go without an error`() {
    #expect(ExitStatus.allCases.filter { !$0.isTrouble }.map(\.rawValue).sorted() == [0, 5, 6])
  }
}
