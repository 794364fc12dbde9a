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

  @Test func `a hint finds the state that the operator named`() throws {
    let session = try Sample.session(["--state", "/s p"])
    #expect(
      session.addressed("either `keyturn status`, or keyturn keys adopt --kid K; see keyturn readiness")
        == "either `keyturn status --state '/s p'`, or keyturn keys adopt --state '/s p' --kid K; see keyturn readiness"
    )
    #expect(session.addressed("keyturn state restore FILE --state DIR") == "keyturn state restore FILE --state DIR")
    #expect(try Sample.session().addressed("keyturn status") == "keyturn status")
  }

  @Test func `what ended a run midway comes after where it stands, with the way back`() throws {
    let rotation = Sample.proven()
    let placed = try Sample.session().placed(
      Failure(.stopped, "stopped as asked", remedy: ["run the same command again to go on"]), in: rotation,
      Sample.ledger(rotation))
    #expect(
      placed.summary
        == "rotation R-20261122-7F3K is in proven, incoming kid new, where the portal lists both keys; every"
        + " target is on the outgoing one: stopped as asked")
    #expect(placed.remedy.last == "or go back with keyturn rollback R-20261122-7F3K --reason TEXT")
  }

  @Test func `a conflict comes after what was seen, not after what the phase once made true`() throws {
    var rotation = Sample.proven()
    rotation.lastSeen.portal = PortalKeySet(keys: [PortalKey(Sample.key("old"))])
    rotation.lastSeen.targets = ["dotenv:.env": .some(KeyID("old"))]
    let placed = try Sample.session().placed(
      Failure(.conflict, "somebody took it out", remedy: ["see who does"]), in: rotation, Sample.ledger(rotation))
    #expect(
      placed.summary.contains(
        "where the portal did not list kid new at 2026-11-22T19:04:00Z; every target is on the outgoing one: somebody"))
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

  @Test func `what runs and signs with another kid is looked at again, whatever somebody's word would be`() throws {
    var rotation = Sample.proven()
    rotation.phase = .swapped
    rotation.waiting = Waiting(on: .person, guardName: "signersOnIncoming", reason: "start it anew")
    #expect(try Sample.report(rotation).nextCommand == "keyturn rotate Runbooks/sample.yaml")
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
