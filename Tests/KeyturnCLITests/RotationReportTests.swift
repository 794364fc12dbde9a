import Foundation
import RotationCore
import RotationStore
import Testing

@testable import KeyturnCLI

@Suite struct RotationReportTests {
  @Test func `a rotation has exactly the members of the contract, nulls included`() throws {
    let expected = """
      { "schema": "keyturn.rotation/v1", "rotation": "R-20261122-7F3K", "runbook": "sample",
        "runbook_digest": "sha256:aa", "phase": "proven",
        "safe_to_leave": { "holds": true, "until": null,
          "reason": "the portal lists both keys; every target is on the outgoing one" },
        "since": "2026-11-22T19:04:11Z", "revision": 1,
        "outgoing": { "kid": "old", "thumbprint": "thumb-old" },
        "incoming": { "kid": "new", "thumbprint": "thumb-new" },
        "overlap": { "opened": "2026-11-22T19:03:00Z", "closes": null },
        "waiting": { "on": "time", "guard": "insideMaintenanceWindow", "until": "2026-11-22T20:00:00Z",
          "reason": "the maintenance window opens at 2026-11-22T20:00:00Z" },
        "next": { "step": "swapEnvironment", "command": "keyturn rotate Runbooks/sample.yaml", "verdicts": [] },
        "rollback": { "possible": true, "until": null, "steps": ["withdrawKey"],
          "evidence": "the private half of kid old is sealed in the store; it obtained a token at \
      2026-11-22T19:00:01Z; the portal listed it at 2026-11-22T19:04:00Z" },
        "outcome": "waiting", "failure": null }
      """
    let json = try Sample.report(Sample.proven()).json
    var expectedMembers = try #require(try JSONValue(parsing: Data(expected.utf8)).object)
    var members = try #require(json.object)
    let verdicts = try #require(members["next"]?["verdicts"]?.array)
    expectedMembers["next"] = nil
    let next = try #require(members.removeValue(forKey: "next")?.object)
    #expect(members == expectedMembers)
    #expect(next["step"] == "swapEnvironment")
    #expect(next["command"] == "keyturn rotate Runbooks/sample.yaml")
    #expect(Set(next.keys) == ["step", "command", "verdicts"])
    for verdict in verdicts { #expect(Set((verdict.object ?? [:]).keys) == ["guard", "holds", "reason", "read_at"]) }
    #expect(
      verdicts.compactMap { $0["guard"]?.string }
        == TransitionTable.standard.row(.proven, .swapEnvironment)?.guards.map(\.name))
  }

  @Test(arguments: Phase.allCases) func `every phase can be told, with the same members`(phase: Phase) throws {
    var rotation = Sample.proven()
    rotation.phase = phase
    if phase.isBackward {
      rotation.rollback = RollbackRecord(
        openedAt: Sample.now, by: "ola@host", reason: "x", from: .swapped, acceptTainted: false)
    }
    let json = try Sample.report(rotation).json
    #expect(json["phase"]?.string == phase.rawValue)
    let expected = try #require(try Sample.report(Sample.proven()).json.object)
    #expect(Set((json.object ?? [:]).keys) == Set(expected.keys))
    #expect((json["next"]?["step"] == .null) == phase.isFinal)
    #expect(Set((NoRotationReport(state: "/s", isThere: false).json.object ?? [:]).keys) == Set(expected.keys))
  }

  @Test func `who is at work is told, and nobody else is asked to act`() throws {
    let holder = StateLock.Holder(
      operatorName: "kari", pid: 12, host: "vert", since: Sample.now, command: "rotate")
    let rotation = Sample.proven()
    let report = try RotationReport(
      rotation, ledger: Sample.ledger(rotation), session: Sample.session(), holder: holder)
    #expect(report.json["held_by"]?["operator"] == "kari")
    let text = report.text(Console(streams: Transcript().streams()))
    #expect(
      text.contains(
        "acts next   nobody else: kari is at work since 2026-11-22T19:10:00Z (rotate, process 12 on vert)"))
  }

  @Test func `a failure has every member`() throws {
    let failure = Failure(
      .maskinportenAuthFailed, "refused", remedy: ["mend it"], cause: "unknownKid", traceID: "t", mpCode: "MP-124")
    #expect(
      failure.json == [
        "code": "MASKINPORTEN_AUTH_FAILED", "summary": "refused", "remedy": ["mend it"], "cause": "unknownKid",
        "trace_id": "t", "mp_code": "MP-124",
      ])
    #expect(Failure(.refused, "no").json["cause"] == .null)
    #expect(Failure(.refused, "no").json["remedy"]?.array?.isEmpty == false)
  }

  @Test func `a time guard is computed for the hour of asking`() throws {
    let later = try Sample.report(Sample.proven(), at: Sample.date("2026-11-22T20:30:00Z")).json
    #expect(later["waiting"]?["on"] == "nothing")
    #expect(later["outcome"] == "midway")
    let tooLate = try Sample.report(Sample.proven(), at: Sample.date("2026-11-22T22:30:00Z")).json
    #expect(tooLate["waiting"]?["until"] == "2026-11-29T20:00:00Z")
  }

  @Test func `a word that was given is no longer waited for`() throws {
    var rotation = Sample.proven()
    rotation.phase = .generated
    rotation.waiting = Waiting(on: .person, guardName: "attested(published)", reason: "add it by hand")
    let before = try Sample.report(rotation)
    #expect(before.json["waiting"]?["on"] == "person")
    #expect(before.nextCommand == "keyturn attest published R-20261122-7F3K")
    rotation.attestations[.published] = Word(by: "kari", at: Sample.now)
    let after = try Sample.report(rotation)
    #expect(after.json["waiting"]?["on"] == "nothing")
    #expect(after.nextCommand == "keyturn rotate Runbooks/sample.yaml")
  }

  @Test func `a missing approval names the command of the second person`() throws {
    var rotation = Sample.proven()
    rotation.approvalsNeeded = Runbook.Approvals(swap: 1)
    let report = try Sample.report(rotation, ["--state", "/s"])
    #expect(report.waiting.on == .person)
    #expect(
      report.nextCommand == "keyturn approve swap R-20261122-7F3K --operator NAME --reason TEXT --state /s")
  }

  @Test func `retired is done, and its quarantine is named until it is over`() throws {
    var rotation = Sample.proven()
    rotation.phase = .retired
    rotation.retiredAt = Sample.date("2026-11-22T19:05:00Z")
    let report = try Sample.report(rotation)
    #expect(report.json["outcome"] == "done")
    #expect(report.json["waiting"]?["until"] == "2026-12-22T19:05:00Z")
    let console = Console(streams: Transcript().streams())
    #expect(report.text(console).contains("the outgoing private key is destroyed at 2026-12-22T19:05:00Z"))
    let overdue = try Sample.report(rotation, at: Sample.date("2027-01-01T00:00:00Z"))
    #expect(overdue.text(console).contains("is to be destroyed now"))
  }
}
