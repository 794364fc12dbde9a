import ArgumentParser
import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import KeyturnCLI

@Suite struct NextCommandTests {
  @Test func `a path is quoted as a shell takes it`() {
    #expect(NextCommand.quoted("Runbooks/a-b_c.yaml") == "Runbooks/a-b_c.yaml")
    #expect(NextCommand.quoted("my runbook's.yaml") == "'my runbook'\\''s.yaml'")
  }

  @Test func `from another folder the runbook's path is absolute`() throws {
    let rotation = Sample.proven()
    var configuration = Configuration.test(in: "/elsewhere", Transcript().streams(), clock: ManualClock(Sample.now))
    func command() throws -> String? {
      let session = Session(configuration, try .parse([]), command: "status")
      return try RotationReport(rotation, ledger: Sample.ledger(rotation), session: session).nextCommand
    }
    #expect(try command() == "keyturn rotate /nowhere/Runbooks/sample.yaml")
    configuration.folder = "/nowhere"
    #expect(try command() == "keyturn rotate Runbooks/sample.yaml")
  }

  @Test func `an open rollback is gone on with, and a quarantine is ended with advance`() throws {
    var rotation = Sample.proven()
    rotation.phase = .restoring
    rotation.rollback = RollbackRecord(
      openedAt: Sample.now, by: "ola@host", reason: "x", from: .swapped, acceptTainted: false)
    #expect(try Sample.report(rotation).nextCommand == "keyturn rollback R-20261122-7F3K")
    rotation.rollback = nil
    rotation.phase = .retired
    #expect(try Sample.report(rotation).nextCommand == "keyturn advance R-20261122-7F3K")
    rotation.phase = .completed
    #expect(try Sample.report(rotation).nextCommand == nil)
  }
}
