import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct StatusTextTests {
  @Test func `status says first whether it is safe to leave, last what to type`() throws {
    let console = Console(streams: Transcript().streams())
    let text = try Sample.report(Sample.proven()).text(console)
    let expected = """
      safe to walk away: yes: the portal lists both keys; every target is on the outgoing one

      rotation    R-20261122-7F3K (sample), opened 2026-11-22T19:00:00Z by ola@host
      phase       proven, since 2026-11-22T19:04:11Z
      outgoing    kid old
      incoming    kid new
      overlap     opened 2026-11-22T19:03:00Z, its end counts from verified
      acts next   nobody before 2026-11-22T20:00:00Z; from then on whoever runs the command below
      waits for   time, until 2026-11-22T20:00:00Z: the maintenance window opens at 2026-11-22T20:00:00Z \
      (insideMaintenanceWindow)
      next step   swapEnvironment
        holds    propagationElapsed       the portal was last changed at 2026-11-22T19:03:00Z (now)
        not yet  insideMaintenanceWindow  the maintenance window opens at 2026-11-22T20:00:00Z (now)
        holds    approved(swap)           no approval is asked for (now)
        holds    portalKeysOurs           no kid of this rotation stands for another key (read 2026-11-22T19:04:00Z)
        unread   incomingListed           not read yet: advance --dry-run reads it
        unread   targetsUnchanged         not read yet: advance --dry-run reads it
        holds    rollbackReady            the private half of kid old is sealed in the store (now)
        holds    settled                  no unanswered write is out (now)
      way back    yes: withdrawKey
                  evidence: the private half of kid old is sealed in the store; it obtained a token at \
      2026-11-22T19:00:01Z; the portal listed it at 2026-11-22T19:04:00Z
      go on       keyturn rotate Runbooks/sample.yaml
      """
    #expect(text == expected)
  }

  @Test func `a stranger's words stand on one line and steer no terminal`() throws {
    var rotation = Sample.proven()
    rotation.rollback = RollbackRecord(
      openedAt: Sample.now, by: "ola\u{1B}[2J", reason: "first\nsafe to walk away: yes\u{202E}", from: .proven,
      acceptTainted: false)
    rotation.failure = Failure(.deployFailed, "the app said\u{1B}]0;x\u{7}\nand more")
    rotation.runbookName = "sam\u{9B}ple"
    let text = try Sample.report(rotation).text(Console(streams: Transcript().streams()))
    #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" || $0 == "\u{202E}" || $0 == "\u{7}" })
    #expect(text.contains("rollback    opened 2026-11-22T19:10:00Z by ola\u{FFFD}[2J: first safe to walk away: yes"))
  }

  @Test func `a conflict is told once, with both ways on, each as it can be typed`() throws {
    var rotation = Sample.proven()
    let summary = "swapEnvironment: dotenv:.env holds kid x: changed by someone else"
    let ways = [
      "keyturn rotate --accept-foreign --reason TEXT takes it as the new truth",
      "keyturn rotate --reassert --reason TEXT sets ours again",
    ]
    rotation.failure = Failure(.conflict, summary, remedy: ways)
    rotation.waiting = Waiting(on: .person, reason: summary + "; either " + ways.joined(separator: ", or "))
    let text = try Sample.report(rotation, ["--state", "/s p"]).text(Console(streams: Transcript().streams()))
    #expect(text.components(separatedBy: summary).count == 2)
    #expect(text.contains("acts next   you: choose one of the two ways below"))
    #expect(
      text.hasSuffix(
        """
        go on       keyturn rotate --state '/s p' --accept-foreign --reason TEXT takes it as the new truth
        or          keyturn rotate --state '/s p' --reassert --reason TEXT sets ours again
        """))
  }

  @Test func `a refusal is no trouble of the rotation`() throws {
    let rotation = Sample.proven()
    let report = try RotationReport(
      rotation, ledger: Sample.ledger(rotation), session: Sample.session(), outcome: .refused,
      failure: Failure(.refused, "it cannot be abandoned"))
    #expect(!report.text(Console(streams: Transcript().streams())).contains("trouble"))
    #expect(report.json["failure"]?["summary"] == "it cannot be abandoned")
  }

  @Test func `a step that failed and changed nothing leaves a rotation that can be left`() throws {
    var rotation = Sample.proven()
    rotation.targetWriteOpened = true
    rotation.failure = Failure(.neighbourRejected, "nothing was written: the disk is full")
    rotation.waiting = Waiting(on: .person, reason: "rotate tries again, rollback goes back")
    rotation.lastSeen.targets = ["dotenv:.env": .some(KeyID("old"))]
    let safe = try Sample.report(rotation).standing.safeToLeave
    #expect(safe.holds)
    #expect(
      safe.reason.hasSuffix("every target is on the outgoing one; the last step failed and changed nothing there"))
    rotation.lastSeen.targets = ["dotenv:.env": .some(KeyID("old")), "dotenv:b.env": .some(KeyID("new"))]
    #expect(try !Sample.report(rotation).standing.safeToLeave.holds)
  }

  @Test func `a key in use that the portal was seen without is nothing to walk away from`() throws {
    var rotation = Sample.proven()
    rotation.lastSeen.portal = PortalKeySet(keys: [PortalKey(Sample.key("new"))])
    let safe = try Sample.report(rotation).standing.safeToLeave
    #expect(!safe.holds && safe.reason.hasPrefix("the portal did not list kid old at 2026-11-22"))
    #expect(safe.reason.hasSuffix("; kid old is in use, and its callers are refused"))
  }

  @Test func `until when it is safe says what ends then`() throws {
    var rotation = Sample.proven()
    let end = Int64(Sample.date("2027-05-06T00:00:00Z").timeIntervalSince1970)
    let old = PortalKey(members: PortalKey(Sample.key("old")).members.merging(["exp": .integer(end)]) { $1 })
    rotation.lastSeen.portal = PortalKeySet(keys: [old, PortalKey(Sample.key("new"))])
    let text = try Sample.report(rotation).text(Console(streams: Transcript().streams()))
    #expect(text.hasPrefix("safe to walk away: yes, until 2027-05-06T00:00:00Z: "))
    #expect(text.contains("every target is on the outgoing one; kid old expires then\n"))
    #expect(text.contains("way back    yes, until 2027-05-06T00:00:00Z, when the outgoing key expires: withdrawKey"))
  }

  @Test func `people read the local hour beside UTC`() throws {
    let console = Console(streams: Transcript().streams(localTime: { _ in "Sun 22 Nov 20:04 CET" }))
    let text = try Sample.report(Sample.proven()).text(console)
    #expect(text.contains("phase       proven, since 2026-11-22T19:04:11Z (Sun 22 Nov 20:04 CET)"))
  }

  @Test func `a failure that holds the rotation is told, and that it is not safe to leave`() throws {
    var rotation = Sample.proven()
    rotation.failure = Failure(.deployFailed, "the reload failed", remedy: ["mend it"])
    rotation.waiting = Waiting(on: .person, reason: "rotate tries again, rollback goes back")
    let report = try Sample.report(rotation)
    let text = report.text(Console(streams: Transcript().streams()))
    #expect(text.hasPrefix("safe to walk away: no: the last step failed"))
    #expect(text.contains("trouble     the reload failed"))
    #expect(report.outcome == .failed)
  }

  @Test func `colour is for terminals, and for nobody who said no`() {
    var streams = Transcript().streams()
    #expect(Console(streams: streams, colour: true).ink(.red, "x") == "x")
    streams.outIsTerminal = true
    #expect(Console(streams: streams, colour: true).ink(.red, "x") == "\u{1B}[31mx\u{1B}[0m")
    #expect(Console(streams: streams, colour: false).ink(.red, "x") == "x")
  }

  @Test func `an error is one line with a hint after it`() {
    let transcript = Transcript()
    Console(streams: transcript.streams()).error(Failure(.refused, "two\nlines"))
    #expect(
      transcript.err == """
        keyturn: error: two lines
        keyturn: hint: nothing was changed; correct what is named, then run it again

        """)
  }
}
