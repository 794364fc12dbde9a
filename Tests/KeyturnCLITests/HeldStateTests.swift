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
  /// Made once: a key derivation takes a third of a second.
  static let sealed = Result {
    try SealedKeyStore(passphrase: SecretBytes(utf8: "right")).generate(
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
    let rotation = Sample.proven(outgoing: sealed.reference)
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
    let own = await run(["approve", "swap", "--reason", "x", "--json"], in: folder)
    #expect(own.status == 3)
    #expect(try document(own.out)["outcome"] == "refused")
    let other = await run(["approve", "swap", "--reason", "x", "--operator", "kari", "--json"], in: folder)
    #expect(other.status == 0)
    #expect(try document(other.out)["revision"] == 2)
    #expect(try session([:]).reader()?.rotations().first?.approvals.map(\.by) == ["kari"])
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
