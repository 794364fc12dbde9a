import ArgumentParser
import Foundation
import RotationCore
import RotationStore
import Testing

@testable import KeyturnCLI

/// The list of rotations: filters, counts and durations.
@Suite struct HistoryTests {
  private let folder: TestFolder

  /// Three rotations of two clients, opened a day apart: one completed, one rolled back, one open.
  init() throws {
    folder = try TestFolder()
    let session = Session(
      .test(["KEYTURN_PASSPHRASE": "right"], in: folder.path, Transcript().streams()), try .parse([]),
      command: "rotate")
    let state = try session.openState()
    defer { state.close() }
    try state.ledger.claim()
    try store("R-20261120-AAAA", "one", .completed, day: "2026-11-20", state.ledger)
    try store("R-20261121-BBBB", "one", .rolledBack, day: "2026-11-21", state.ledger)
    try store("R-20261122-CCCC", "two", .swapped, day: "2026-11-22", state.ledger)
  }

  @Test func `a filter that nothing matches says so, and a range that ends before it begins is bad usage`() async {
    #expect(await run(["history", "--client", "nope"], in: folder).out == "none of 3 rotations matches\n")
    let inverted = await run(["history", "--since", "2026-11-22", "--until", "2026-11-20"], in: folder)
    #expect(inverted.status == 64)
    #expect(inverted.err.contains("--since is not before --until"))
    #expect(await run(["history", "--since", "2026-11-21", "--until", "2026-11-21"], in: folder).status == 0)
  }

  private func store(_ id: String, _ client: String, _ phase: Phase, day: String, _ ledger: WritableLedger) throws {
    let openedAt = Sample.date(day + "T20:00:00Z")
    var rotation = Rotation(
      id: RotationID(rawValue: id), openedAt: openedAt, openedBy: "ola@host", issuer: "https://m/",
      clientID: ClientID(client), emergency: false, manualPortal: false, outgoing: Sample.key("old-" + id),
      runbookName: "sample", runbookDigest: Sample.source.digest, binding: [:], planDigest: "sha256:bb",
      timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
    rotation.phase = phase
    rotation.since = openedAt + .seconds(7_200)
    rotation.incoming = Sample.key("new-" + id)
    if phase == .completed { rotation.retiredAt = openedAt + .seconds(3_600) }
    if phase == .rolledBack {
      rotation.rollback = RollbackRecord(
        openedAt: openedAt, by: "ola@host", reason: "said \"event\":\"refused\" twice", from: .swapped,
        acceptTainted: false)
      rotation.failure = Failure(.deployFailed, "reload: exit 1", traceID: "t-1")
    }
    let events = ["opened", "waiting", "waiting", "refused", "failed", "midway", "outcome"]
    var commit = LedgerCommit(
      rotation: rotation,
      entries: events.map {
        LogEntry(
          at: openedAt, operator: "ola@host", rotation: rotation.id, phase: phase, event: $0,
          details: ["reason": "said \"event\":\"refused\" twice"])
      })
    commit.runbook = Sample.source
    try ledger.commit(commit)
  }

  private func history(_ arguments: String...) async throws -> JSONValue {
    try JSONValue(parsing: Data(await run(["history", "--json"] + arguments, in: folder).out.utf8))
  }

  private func ids(_ document: JSONValue) -> [String] {
    document["rotations"]?.array?.compactMap { $0["rotation"]?.string.map { String($0.suffix(4)) } } ?? []
  }

  @Test func `a summary says what the whole rotation says`() async throws {
    let ledger = try #require(try LedgerFile.openForReading(folder: StateFolder(path: folder.path + "/state")))
    for summary in try ledger.history() {
      let whole = try #require(try ledger.rotation(summary.id))
      #expect(summary.clientID == whole.clientID && summary.issuer == whole.issuer && summary.phase == whole.phase)
      #expect(summary.since == whole.since && summary.openedAt == whole.openedAt && summary.openedBy == whole.openedBy)
      #expect(summary.runbookName == whole.runbookName && summary.runbookDigest == whole.runbookDigest)
      #expect(summary.outgoing.kid == whole.outgoing.kid && summary.outgoing.thumbprint == whole.outgoing.thumbprint)
      #expect(summary.incoming?.kid == whole.incoming?.kid && summary.revision == whole.revision)
      #expect(summary.rollback == whole.rollback && summary.failure == whole.failure)
      #expect(summary.retiredAt == whole.retiredAt && summary.quarantineEnds == whole.quarantineEnds)
      #expect(summary.verifiedAt == nil && summary.publishedAt == nil && !summary.emergency)
    }
  }

  @Test func `rotations are listed newest first, filtered by client, outcome and time`() async throws {
    #expect(ids(try await history()) == ["CCCC", "BBBB", "AAAA"])
    #expect(ids(try await history("--client", "one")) == ["BBBB", "AAAA"])
    #expect(ids(try await history("--outcome", "rolledBack")) == ["BBBB"])
    #expect(ids(try await history("--outcome", "open")) == ["CCCC"])
    #expect(ids(try await history("--since", "2026-11-21")) == ["CCCC", "BBBB"])
    #expect(ids(try await history("--until", "2026-11-21")) == ["BBBB", "AAAA"])
    #expect(ids(try await history("--since", "2026-11-20T20:00:01Z", "--until", "2026-11-22T20:00:00Z")) == ["BBBB"])
    #expect(ids(try await history("--client", "nobody")).isEmpty)
    for wrong in [["--since", "yesterday"], ["--until", "2026-13-01"], ["--outcome", "fine"]] {
      #expect(await run(["history"] + wrong, in: folder).status == 64)
    }
  }

  @Test func `waits, refusals, failures, rollbacks and durations are counted by event alone`() async throws {
    let document = try await history()
    let rolledBack = try #require(document["rotations"]?.array?[1])
    #expect(rolledBack["waits"] == 2 && rolledBack["refusals"] == 1 && rolledBack["failures"] == 2)
    #expect(rolledBack["duration_s"] == 7_200 && rolledBack["failure"]?["trace_id"] == "t-1")
    #expect(
      document["statistics"] == [
        "rotations": 3, "outcomes": ["completed": 1, "rolledBack": 1, "open": 1],
        "duration_s": ["shortest": 3_600, "median": 5_400, "longest": 7_200], "waits": 6, "refusals": 3, "failures": 6,
        "rollbacks": 1,
      ])
    let text = await run(["history", "--client", "one"], in: folder).out
    #expect(text.hasSuffix("4 waits, 2 refusals, 4 failures or stops, 1 rollback\n"))
    #expect(text.contains("took 1h 30m (median; 1h to 2h)"))
  }
}
