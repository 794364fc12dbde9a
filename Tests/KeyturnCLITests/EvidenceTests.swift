import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct EvidenceTests {
  @Test func `one finished rotation can be told, shown, verified and proven`() async throws {
    let state = try await RotatedState()
    let id = state.rotation.id.rawValue
    try await tellsHistory(state, id)
    try await showsEvidence(state, id)
    try await verifiesLog(state)
    await state.stage.close()
  }

  private func tellsHistory(_ state: RotatedState, _ id: String) async throws {
    let history = try await state.json("history")
    #expect(history["schema"] == "keyturn.history/v1")
    let rotation = try #require(history["rotations"]?.array?.first)
    #expect(rotation["rotation"]?.string == id)
    #expect(rotation["phase"] == "completed")
    #expect(rotation["outgoing"]?["kid"]?.string == state.rotation.outgoing.kid.rawValue)
    #expect(rotation["incoming"]?["thumbprint"]?.string == state.rotation.incoming?.thumbprint.rawValue)
    let text = await state("history")
    #expect(text.status == 0)
    #expect(text.out.contains(id))
    #expect(text.out.contains("completed"))
  }

  private func showsEvidence(_ state: RotatedState, _ id: String) async throws {
    let pack = try await state.json("show", id)
    #expect(pack["schema"] == "keyturn.evidence/v1")
    let outgoing = state.rotation.outgoing.kid.rawValue
    #expect(pack["portal"]?["before"]?.array?.contains(.string(outgoing)) == true)
    #expect(pack["portal"]?["after"]?.array?.contains(.string(outgoing)) == false)
    let changes = pack["portal"]?["changes"]?.array?.compactMap { $0["step"]?.string }
    #expect(changes == ["publishKey", "retireKey"])
    let refusal = pack["proofs"]?.array?.first { $0["granted"] == false && $0["kid"]?.string == outgoing }
    #expect(refusal?["trace_id"]?.string?.isEmpty == false)
    let grants = try #require(pack["proofs"]?.array).filter { $0["granted"] == true }
    #expect(Set(grants.compactMap { $0["kid"]?.string }).count == 2)
    let phases = try #require(pack["timeline"]?.array).filter { $0["event"] == "outcome" }.compactMap {
      $0["phase"]?.string
    }
    #expect(
      phases == ["generated", "published", "proven", "swapped", "deployed", "verified", "retired", "completed"])
    #expect(pack["verdicts"]?.array?.allSatisfy { $0["verdicts"]?.array?.isEmpty == false } == true)
    #expect(pack["waits"]?.array?.isEmpty == false)
    let halves = pack["keys"]?.array?.map { $0["private_half_in_store"] }
    #expect(halves == [false, true])
    #expect(try await state.json("show", id, "--format", "json") == pack)

    let text = await state("show", id)
    #expect(text.status == 0)
    for word in ["timeline", "portal", "proofs", "waits", outgoing, "retireKey"] { #expect(text.out.contains(word)) }
    let markdown = await state("show", id, "--format", "markdown").out
    #expect(markdown.hasPrefix("# Rotation \(id)\n"))
    #expect(markdown.contains("| entry | time | phase | step | kid | what |"))
    for said in [text.out, markdown] { #expect(!said.contains("PRIVATE KEY")) }

    let unknown = await state("show", "R-20000101-0000")
    #expect(unknown.status == 3)
    #expect(unknown.err.contains(id))
  }

  private func verifiesLog(_ state: RotatedState) async throws {
    let report = try await state.json("audit", "verify")
    let promised: Set = ["schema", "entries", "root", "verified", "first_bad", "beyond_checkpoint"]
    #expect(promised.isSubset(of: Set(report.object?.keys.map(\.self) ?? [])))
    #expect(report["schema"] == "keyturn.audit/v1")
    #expect(report["verified"] == true)
    #expect(report["first_bad"] == .null)
    #expect(report["beyond_checkpoint"] == 0)

    // A witness that the machine cannot change: the checkpoint, kept elsewhere.
    let kept = state.folder.path + "/kept"
    try FileManager.default.copyItem(atPath: state.stage.statePath + "/log/checkpoint", toPath: kept)
    #expect(await state("audit", "verify", "--checkpoint", kept).status == 0)
    try Data("not a note".utf8).write(to: URL(filePath: kept))
    #expect(await state("audit", "verify", "--checkpoint", kept).status == 1)
    #expect(await state("audit", "verify", "--checkpoint", kept + "-none").status == 65)

    let key = await state("audit", "key").out
    #expect(key.split(separator: "+", maxSplits: 2).count == 3)
    #expect(await state("audit", "prove", "3").out.hasPrefix("c2sp.org/tlog-proof@v1\n"))
    #expect(await state("audit", "prove", "9999").status == 65)
    let export = state.folder.path + "/export"
    #expect(await state("audit", "export", export).status == 0)
    for name in ["README.md", "checkpoint", "entries.jsonl", "vkey"] {
      #expect(FileManager.default.fileExists(atPath: export + "/" + name))
    }
    #expect(await state("audit", "export", export).status == 3)

    // An entry without a passphrase lies beyond the checkpoint, and is told.
    let live = try #require(state.rotation.incoming?.kid.rawValue)
    #expect(await state("keys", "destroy", live).status == 3)
    let tile = state.stage.statePath + "/log/checkpoint"
    try Data("x".utf8).write(to: URL(filePath: tile))
    let damaged = await state("audit", "verify", "--json")
    #expect(damaged.status == 1)
    #expect(try JSONValue(parsing: Data(damaged.out.utf8))["verified"] == false)
    #expect(damaged.err.contains("keyturn: hint: "))
  }

  @Test func `where there is no state, nothing is known`() async throws {
    let folder = try TestFolder()
    let nothing = "there is no state in \(folder.path)/state: nothing is known of any rotation"
    #expect(await run(["history"], in: folder).out == nothing + "\n")
    let history = try JSONValue(parsing: Data(await run(["history", "--json"], in: folder).out.utf8))
    #expect(history["schema"] == "keyturn.history/v1" && history["rotations"] == [])
    #expect(history["statistics"]?["duration_s"] == ["shortest": .null, "median": .null, "longest": .null])
    for command in [["show", "R-1"], ["audit", "verify"], ["audit", "key"], ["state", "backup", "f"]] {
      #expect(await run(command, in: folder).status == 3)
    }
    #expect(folder.names.isEmpty)
  }
}
