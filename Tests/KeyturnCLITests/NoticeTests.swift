import Foundation
import Neighbours
import RotationCore
import Testing

@testable import KeyturnCLI

/// Which leaves of the log are told to the receivers of `notify:`, and in what words.
@Suite struct NoticeTests {
  private func leaf(_ event: String, phase: Phase = .proven, _ details: [String: JSONValue] = [:]) -> JSONValue {
    LogEntry(
      at: Sample.now, operator: "ola@host", rotation: RotationID(rawValue: "R-20261122-7F3K"), phase: phase,
      event: event, kid: nil, details: details
    ).value
  }

  @Test(
    arguments: [
      ("opened", [:], Notice.Kind.opened), ("outcome", ["step": "swapEnvironment"], .swapped),
      ("outcome", ["step": "verifyDeployment"], .verified), ("outcome", ["step": "retireKey"], .retired),
      ("outcome", ["step": "destroyKey"], .completed), ("outcome", ["step": "withdrawKey"], .rolledBack),
      ("outcome", ["step": "abandon"], .abandoned), ("waiting", ["on": "person"], .waiting),
      ("midway", ["on": "person"], .waiting), ("failed", ["on": "person"], .failed),
      ("midway", ["on": "nothing", "failure": ["code": "VERIFICATION_FAILED"]], .failed),
    ] as [(String, [String: JSONValue], Notice.Kind)])
  func `a leaf that somebody must know of is told`(event: String, details: [String: JSONValue], kind: Notice.Kind) {
    #expect(Notice(leaf(event, details))?.kind == kind)
  }

  @Test(
    arguments: [
      ("waiting", ["on": "time"]), ("waiting", ["on": "neighbour"]), ("refused", ["on": "person"]),
      ("midway", ["on": "nothing", "failure": ["code": "STOPPED"]]), ("outcome", ["step": "publishKey"]),
      ("outcome", ["step": "deployIncoming"]), ("intent", ["step": "swapEnvironment"]), ("notified", [:]),
      ("attested", [:]), ("what comes later", [:]),
    ] as [(String, [String: JSONValue])])
  func `any other leaf is not`(event: String, details: [String: JSONValue]) {
    #expect(Notice(leaf(event, details)) == nil)
  }

  @Test func `a message says what, whose, and what to do next`() throws {
    var rotation = Sample.proven()
    rotation.approvalsNeeded.swap = 1
    rotation.waiting = Waiting(on: .person, guardName: "approved(swap)", reason: "an approval of the swap is missing")
    let standing = try Standing(rotation, ledger: Sample.ledger(rotation), now: Sample.now)
    let notice = try #require(
      Notice(leaf("waiting", ["on": "person", "reason": "an approval of the swap is missing"])))
    let message = notice.message(standing, try Sample.session())
    let body = try JSONValue(parsing: message.body)
    #expect(message.id == notice.id)
    #expect(body["type"] == "rotation.waiting")
    #expect(body["timestamp"] == "2026-11-22T19:10:00Z")
    let data = try #require(body["data"])
    #expect(data["rotation"] == "R-20261122-7F3K" && data["phase"] == "proven" && data["operator"] == "ola@host")
    #expect(data["outgoing"] == ["kid": "old", "thumbprint": "thumb-old"])
    #expect(data["incoming"] == ["kid": "new", "thumbprint": "thumb-new"])
    #expect(data["reason"] == "an approval of the swap is missing")
    #expect(
      data["next"]?["command"] == "keyturn approve swap R-20261122-7F3K --operator NAME --reason TEXT")
    #expect(data["link"]?.string?.hasPrefix("https://docs.digdir.no/") == true)
    #expect(data["checkpoint"] == nil)
  }

  @Test func `a failure is told with its codes and without its cause`() throws {
    let rotation = Sample.proven()
    let failure = Failure(
      .maskinportenAuthFailed, "no token for kid new", remedy: ["keyturn diagnose"], cause: "what a neighbour wrote",
      traceID: "abc", mpCode: "MP-124")
    let notice = try #require(
      Notice(leaf("failed", ["on": "person", "failure": try JSONValue(encoding: failure)])))
    let standing = try Standing(rotation, ledger: Sample.ledger(rotation), now: Sample.now)
    let data = try JSONValue(parsing: notice.message(standing, Sample.session()).body)["data"]
    #expect(
      data?["failure"] == [
        "code": "MASKINPORTEN_AUTH_FAILED", "summary": "no token for kid new", "remedy": ["keyturn diagnose"],
        "mp_code": "MP-124", "trace_id": "abc",
      ])
  }

  @Test func `the id is the leaf's own, whoever reads it`() throws {
    let notice = try #require(Notice(leaf("opened")))
    let again = try #require(Notice(JSONValue(parsing: leaf("opened").canonical)))
    #expect(notice.id == again.id)
    #expect(notice.id != Notice(leaf("opened", phase: .generated))?.id)
  }

  @Test func `a message is the same before its leaf was stored and after`() throws {
    let told = leaf("outcome", ["step": "swapEnvironment"])
    var members = try #require(told.object)
    members[LogEntry.rotationDigest] = "sha256:of the rotation beside it"
    let rotation = Sample.proven()
    let standing = try Standing(rotation, ledger: Sample.ledger(rotation), now: Sample.now)
    let session = try Sample.session()
    let first = try #require(Notice(told)).message(standing, session)
    let later = try #require(Notice(.object(members))).message(standing, session)
    #expect(first == later)
  }

  @Test func `an expiry is a new fact only when a stage is passed`() throws {
    let folder = try TestFolder()
    let path = try folder.write(Sample.runbook, as: "runbook.yaml")
    let loaded = try LoadedRunbook.file(path, .test(["CLIENT": "c"], in: folder.path, Transcript().streams()))
    func message(_ days: Int) -> WebhookMessage {
      ExpiryNotice(kid: KeyID("old"), expires: Sample.now, daysLeft: days, latestStart: nil)
        .message(loaded, command: "keyturn rotate runbook.yaml")
    }
    #expect(message(29).id == message(15).id)
    #expect(Set([30, 14, 7, 3, 1, 0].map { message($0).id }).count == 6)
    for (days, passed) in [
      (29, "2026-10-22T19:10:00Z"), (15, "2026-10-22T19:10:00Z"), (0, "2026-11-21T19:10:00Z"),
      (-1, "2026-11-22T19:10:00Z"), (-40, "2026-11-22T19:10:00Z"),
    ] { #expect(try JSONValue(parsing: message(days).body)["timestamp"]?.string == passed, "\(days) days") }
    let data = try JSONValue(parsing: message(29).body)["data"]
    #expect(data?["kid"] == "old" && data?["days_left"] == 29 && data?["latest_safe_start"] == .null)
  }
}
