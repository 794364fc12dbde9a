import Foundation
import RotationCore
import Simulator
import Testing

@testable import KeyturnCLI

/// States of which less is known than there was.
@Suite struct LostStateTests {
  private static let looking = [
    ["status"], ["status", "--json"], ["history"], ["keys", "list"], ["keys", "emit", "k"], ["audit", "verify"],
    ["audit", "key"], ["show", "R-1"], ["rotate"], ["rollback", "--reason", "x", "--yes"], ["attest", "published"],
    ["keys", "destroy", "k"],
  ]

  private func unlink(_ state: RotatedState) throws {
    for name in ["", "-wal", "-shm"] {
      let path = state.stage.statePath + "/keyturn.sqlite" + name
      if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }
  }

  @Test func `a database that is gone from beside its log is an error of every command, and none is made anew`()
    async throws
  {
    let state = try await RotatedState(until: .proven)
    _ = await state("keys", "reseal", environment: ["KEYTURN_NEW_PASSPHRASE": "next"])
    try unlink(state)
    for command in Self.looking {
      let said = await state.run(command)
      #expect(said.status == 1, "\(command): \(said.out)")
      #expect(said.err.contains("/keyturn.sqlite is gone: the store has 0 log entries, but "), "\(command)")
      #expect(!said.out.contains("safe to walk away"), "\(command)")
    }
    let rotate = await state.run(["rotate", state.stage.loaded.source.path, "--yes"])
    #expect(rotate.status != 0)
    #expect(!FileManager.default.fileExists(atPath: state.stage.statePath + "/keyturn.sqlite"))
  }

  @Test func `a database older than its log is told beside the answer`() async throws {
    let state = try await RotatedState(until: .proven)
    let copy = state.folder.path + "/old.sqlite"
    #expect(await state("state", "backup", copy).status == 0)
    let resealed = await state("keys", "reseal", environment: ["KEYTURN_NEW_PASSPHRASE": "next"])
    #expect(resealed.status == 0)
    try unlink(state)
    try FileManager.default.moveItem(atPath: copy, toPath: state.stage.statePath + "/keyturn.sqlite")
    for command in [["status"], ["history"], ["show", state.rotation.id.rawValue], ["keys", "list"]] {
      let said = await state.run(command)
      #expect(said.status == 0, "\(command): \(said.err)")
      #expect(said.err.contains("keyturn: warning: the store has "), "\(command): \(said.err)")
    }
  }

  @Test func `no state at all is nothing known, and not safe`() async throws {
    let folder = try TestFolder()
    let said = await run(["status", "--state", "typo"], in: folder)
    let words = "there is no state in \(folder.path)/typo: nothing is known of any rotation"
    #expect(said.status == 0)
    #expect(said.out.hasPrefix("safe to walk away: not known: \(words)\n"))
    let json = try JSONValue(parsing: Data(await run(["status", "--json"], in: folder).out.utf8))
    #expect(json["safe_to_leave"]?["holds"] == false)
    #expect(await run(["rollback", "--reason", "x"], in: folder).err.contains("nothing is known of any rotation"))
    #expect(folder.names.isEmpty)
  }

  @Test func `what can be no state is an error`() async throws {
    let folder = try TestFolder()
    let file = try folder.write("x", as: "file")
    for state in [file, file + "/below", "/proc/x/y"] {
      for command in [["status"], ["history"], ["keys", "list"], ["plan", "r.yaml"]] {
        let said = await run(command + ["--state", state], in: folder)
        #expect(said.status == (command[0] == "plan" ? 65 : 1), "\(command) \(state): \(said.out)")
      }
    }
  }

  @Test func `a rotate without a runbook completes what is overdue`() async throws {
    let state = try await RotatedState(until: .retired)
    let end = try #require(state.rotation.quarantineEnds)
    let early = await state("rotate")
    #expect(early.status == 0, "\(early.err)")
    #expect(early.out.contains("phase       retired") && early.out.contains(end.iso8601), "\(early.out)")
    #expect(await state("rotate", "--new").status == 64)
    try await state.stage.clock.sleep(until: end)
    let said = await state("rotate")
    #expect(said.status == 0, "\(said.err)")
    #expect(said.out.contains("phase       completed"))
    #expect(await state("rotate").status == 0)
  }

  @Test func `a young key's answer says that nothing was opened, and what opens one`() async throws {
    let state = try await RotatedState(until: .retired)
    let said = await state("rotate", state.stage.loaded.source.path, "--yes")
    #expect(said.status == 0, "\(said.err)")
    #expect(said.err.contains("no rotation was opened: kid "))
    #expect(said.err.contains("--new opens one all the same"))
  }

  @Test func `a refused abandon names the way back, and is no trouble of the rotation`() async throws {
    let state = try await RotatedState(until: .published)
    let said = await state("abandon", "--reason", "x")
    #expect(said.status == 3)
    #expect(said.err.contains("go back with keyturn rollback --state "))
    #expect(!said.out.contains("trouble"))
    #expect(await !state("status").out.contains("trouble"))
  }

  @Test func `a portal that refuses the admin client is named once, with what to correct`() async throws {
    let state = try await RotatedState(until: .published)
    let said = await state("advance", environment: ["PORTAL_ADMIN_KID": "nobody"])
    #expect(said.status == 69)
    let error = said.err.split(separator: "\n").first { $0.hasPrefix("keyturn: error: ") } ?? ""
    #expect(error.components(separatedBy: "trace id").count == 2)
    #expect(error.contains("was refused with kid nobody"))
    #expect(said.err.contains("PORTAL_ADMIN_KID"))
  }
}
