import ArgumentParser
import Foundation
import KeyMaterial
import RotationCore
import RotationStore
import RotationTestSupport
import Testing

@testable import KeyturnCLI

/// Commands over a real state on disk that holds one open rotation.
@Suite struct HeldStateTests {
  let folder: TestFolder
  static let sealed = Result {
    try SealedKeyStore(passphrase: SecretBytes(utf8: "right"), scheme: .cheap).generate(
      bits: 2048, algorithm: .RS256, at: Sample.now
    ) { _ in KeyID("old") }
  }

  let environment = ["KEYTURN_PASSPHRASE": "right", "CLIENT": "client"]

  init() throws {
    folder = try TestFolder()
    let state = try opened("right")
    defer { state.close() }
    try state.ledger.claim()
    let sealed = try Self.sealed.get()
    var rotation = Sample.proven(outgoing: sealed.reference)
    rotation.approvalsNeeded.retire = 1
    let entry = LogEntry(
      at: rotation.openedAt, operator: rotation.openedBy, rotation: rotation.id, phase: rotation.phase, event: "opened")
    var commit = LedgerCommit(rotation: rotation, entries: [entry])
    commit.runbook = Sample.source
    commit.seals = [sealed]
    try state.ledger.commit(commit)
  }

  private func session(_ environment: [String: String]) throws -> Session {
    Session(.test(environment, in: folder.path, Transcript().streams()), try .parse([]), command: "rotate")
  }

  private func opened(_ passphrase: String) throws -> OpenState {
    try session(["KEYTURN_PASSPHRASE": passphrase]).openState()
  }

  private func document(_ text: String) throws -> JSONValue {
    let value = try JSONValue(parsing: Data(text.utf8))
    #expect(value["schema"] == "keyturn.rotation/v1")
    #expect(value["rotation"] == "R-20261122-7F3K")
    return value
  }

  @Test func `a key that is needed is not destroyed, and the refusal is on record`() async throws {
    let said = await run(["keys", "destroy", "old", "--operator", "per"], in: folder)
    #expect(said.status == 3)
    let reason = "kid old is needed, and was not destroyed: rotation R-20261122-7F3K (proven) names it as outgoing"
    #expect(said.err.contains(reason))
    let last = try #require(try lastEntry(in: folder))
    #expect(last["event"] == "refused" && last["kid"] == "old" && last["operator"] == "per")
    #expect(last["reason"]?.string?.hasPrefix(reason) == true)
    let state = try opened("right")
    defer { state.close() }
    #expect(try state.ledger.sealedKey(KeyID("old")) != nil)
  }

  @Test func `status needs no passphrase and no variable, also while somebody holds the state`() async throws {
    let state = try opened("right")
    defer { state.close() }
    let said = await run(["status", "--json"], in: folder)
    #expect(said.status == 0)
    #expect(try document(said.out)["phase"] == "proven")
    #expect(said.err.isEmpty)
  }

  @Test(arguments: [
    ["advance"], ["abandon", "--reason", "x"], ["attest", "deployed"], ["rollback", "--reason", "x", "--yes"],
  ])
  func `a second process is told who holds the state, beside the rotation's document`(arguments: [String]) async throws
  {
    let state = try opened("right")
    defer { state.close() }
    let said = await run(arguments + ["--json"], environment, in: folder)
    #expect(said.status == 75)
    #expect(said.err.contains("ola@host holds the state since"))
    #expect(try document(said.out)["failure"]?["code"] == "STATE_BUSY")
  }

  @Test func `a missing or wrong passphrase comes with the rotation's document, and nothing is written`() async throws {
    let epoch = try session([:]).reader()?.epoch()
    let missing = await run(["advance", "--json"], ["CLIENT": "client"], in: folder)
    #expect(missing.status == 3)
    #expect(try document(missing.out)["failure"]?["code"] == "PASSPHRASE_MISSING")
    let wrong = await run(
      ["advance", "--json"], ["CLIENT": "client", "KEYTURN_PASSPHRASE": "wrong"], in: folder)
    #expect(wrong.status == 1)
    #expect(try document(wrong.out)["outcome"] == "failed")
    #expect(try session([:]).reader()?.epoch() == epoch)
  }

  @Test func `a variable of the stored runbook that is not set is 65`() async throws {
    let said = await run(["advance"], ["KEYTURN_PASSPHRASE": "right"], in: folder)
    #expect(said.status == 65)
    #expect(said.err.contains("Runbooks/sample.yaml:4:"))
    #expect(said.err.contains("CLIENT"))
  }

  @Test func `a rollback without a terminal needs --yes, and only that is named`() async {
    let said = await run(["rollback", "--reason", "x"], environment, in: folder)
    #expect(said.status == 3)
    #expect(said.err.contains("keyturn: hint: say yes with --yes"))
  }

  @Test func `an approval by the opener is refused, one by somebody else is recorded without a passphrase`()
    async throws
  {
    let own = await run(["approve", "retire", "--reason", "x", "--json"], in: folder)
    #expect(own.status == 3)
    #expect(try document(own.out)["outcome"] == "refused")
    let shouted = await run(["approve", "retire", "--reason", "x", "--operator", "OLA@Host"], in: folder)
    #expect(shouted.status == 3)
    let other = await run(["approve", "retire", "--reason", "x", "--operator", "kari", "--json"], in: folder)
    #expect(other.status == 0)
    #expect(try document(other.out)["revision"] == 2)
    #expect(try session([:]).reader()?.rotations().first?.approvals.map(\.by) == ["kari"])
    let again = await run(["approve", "retire", "--reason", "x", "--operator", "Kari"], in: folder)
    #expect(again.status == 0)
    #expect(again.out.hasPrefix("Kari's approval of the retire of R-20261122-7F3K stands already; nothing was added"))
    #expect(try session([:]).reader()?.rotations().first?.approvals.map(\.by) == ["kari"])
  }

  @Test func `a word that was recorded is told first, with the way on`() async {
    let said = await run(["attest", "published"], in: folder)
    #expect(said.status == 0)
    #expect(
      said.out.hasPrefix(
        "recorded: the portal lists kid new (attested by ola@host); go on: keyturn rotate"))
  }

  @Test(arguments: ["ola ", " ola", " ", "o\u{202E}la", "o\nla", "o\u{2028}la", "o\u{1B}la"])
  func `an operator's name is printable and has no blank at either end`(name: String) async {
    let named = await run(["status", "--operator", name], in: folder)
    #expect(named.status == 64)
    #expect(await run(["status"], ["KEYTURN_OPERATOR": name], in: folder).status == 64)
    #expect(!named.err.contains("\u{1B}"))
  }

  @Test func `a reason has an end`() async {
    let long = String(repeating: "x", count: 2_001)
    let said = await run(["approve", "swap", "--operator", "kari", "--reason", long], in: folder)
    #expect(said.status == 64)
    #expect(said.err.contains("--reason takes at most 2000 characters"))
  }

  @Test func `an answer that could not be written is no success`() async {
    var streams = Transcript().streams()
    let transcript = Transcript()
    streams.err = transcript.streams().err
    streams.lostOutput = { "No space left on device" }
    let status = await Program.run(["status"], .test(in: folder.path, streams))
    #expect(status == 1)
    #expect(transcript.err.contains("keyturn: error: standard output cannot be written: No space left on device"))
    #expect(transcript.err.contains("keyturn: hint: "))
  }

  @Test func `of two open rotations status tells both, and rotate how to go on with each`() async throws {
    do {
      let state = try opened("right")
      defer { state.close() }
      try state.ledger.claim()
      var other = Rotation(
        id: RotationID(rawValue: "R-20261122-9ZZZ"), openedAt: Sample.now, openedBy: "kari", issuer: "https://m/",
        clientID: ClientID("other"), emergency: false, manualPortal: false, outgoing: Sample.key("o2"),
        runbookName: "second", runbookDigest: Sample.source.digest, binding: [:], planDigest: "sha256:bb",
        timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
      other.revision = 1
      let entry = LogEntry(
        at: other.openedAt, operator: "kari", rotation: other.id, phase: other.phase, event: "opened")
      var commit = LedgerCommit(rotation: other, entries: [entry])
      commit.runbook = Sample.source
      try state.ledger.commit(commit)
    }
    let text = await run(["status"], in: folder)
    #expect(text.status == 0)
    #expect(text.out.hasPrefix("safe to walk away: yes: each of the 2 open rotations can be left\n"))
    #expect(text.out.contains("  client    other at https://m/\n  runbook   second\n"))
    let json = try JSONValue(parsing: Data(await run(["status", "--json"], in: folder).out.utf8))
    #expect(json["rotations"]?.array?.count == 2 && json["safe_to_leave"]?["holds"] == true)
    let rotate = await run(["rotate", "--json"], environment, in: folder)
    #expect(rotate.status == 3)
    #expect(rotate.err.contains("keyturn: hint: for R-20261122-9ZZZ: keyturn rotate "))
    #expect(try JSONValue(parsing: Data(rotate.out.utf8))["schema"] == "keyturn.error/v1")
  }

  @Test func `an unknown rotation is refused, naming the known ones`() async {
    for command in [["status", "R-1"], ["advance", "R-1"], ["attest", "published", "R-1"]] {
      let said = await run(command, environment, in: folder)
      #expect(said.status == 3)
      #expect(said.err.contains("R-20261122-7F3K"))
    }
  }

  @Test func `the first command with the passphrase makes the log's key and signs over everything`() throws {
    let state = try opened("right")
    try state.ledger.claim()
    state.publishLog(try session([:]))
    #expect(try state.ledger.publishedSize() == 2)
    #expect(try state.ledger.entryCount() == 2)
    #expect(FileManager.default.fileExists(atPath: state.folder.logPath + "/checkpoint"))
    let key = try #require(try state.ledger.logKey())
    #expect(key.name.hasPrefix("keyturn/"))
    state.close()
    do {
      try opened("wrong").close()
      Issue.record("a wrong passphrase was taken")
    } catch let failure as Failure { #expect(failure.code == .passphraseWrong) }
  }
}
