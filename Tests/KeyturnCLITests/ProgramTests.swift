import ArgumentParser
import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct ProgramTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func schema(_ text: String) throws -> String? {
    try JSONValue(parsing: Data(text.utf8))["schema"]?.string
  }

  @Test func `version and help are answers`() async {
    #expect(await run(["--version"], in: folder) == (0, Program.version + "\n", ""))
    let help = await run(["help", "rotate"], in: folder)
    #expect(help.status == 0)
    #expect(help.out.contains("keyturn rotate Runbooks/maskinporten-production.yaml --yes --wait"))
    #expect(await run(["--generate-completion-script", "bash"], in: folder).out.contains("complete"))
  }

  @Test func `every command has an example in its help`() {
    func check(_ command: any ParsableCommand.Type) {
      let configuration = command.configuration
      if configuration.subcommands.isEmpty {
        #expect(
          configuration.discussion.contains("keyturn \(configuration.commandName ?? "")")
            || configuration.discussion.contains("keyturn "), "\(configuration.commandName ?? "?") has no example")
      }
      for next in configuration.subcommands { check(next) }
    }
    check(Keyturn.self)
  }

  @Test(arguments: [
    ["frob"], ["rotate", "x", "--until", "nowhere"], ["rotate", "x", "--rebind"], ["rollback"], ["abandon"],
    ["approve", "swap"], ["approve", "swap", "--reason", "  "], ["attest", "everything"], ["rotate"],
    ["rotate", "x", "--reassert", "--accept-foreign", "--reason", "y"], ["status", "--watch", "--json"],
    ["plan"], ["status", "--operator", ""],
  ]) func `bad usage is 64 with an error, a hint and nothing made`(arguments: [String]) async {
    let said = await run(arguments, in: folder)
    #expect(said.status == 64)
    #expect(said.err.hasPrefix("keyturn: error: "))
    #expect(said.err.contains("\nkeyturn: hint: "))
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [
    (["nonsense", "--json"], "unknown subcommand 'nonsense' of keyturn", ["see keyturn help"]),
    (
      ["histroy", "--json"], "unknown subcommand 'histroy' of keyturn",
      ["perhaps keyturn history", "see keyturn help"]
    ),
    (
      ["keys", "lst"], "unknown subcommand 'lst' of keyturn keys",
      ["perhaps keyturn keys list", "see keyturn help keys"]
    ),
  ])
  func `an unknown subcommand is named, with what may have been meant`(
    arguments: [String], summary: String, hints: [String]
  ) async throws {
    let said = await run(arguments, in: folder)
    #expect(said.status == 64)
    #expect(
      said.err == (["error: \(summary)"] + hints.map { "hint: \($0)" }).map { "keyturn: \($0)\n" }.joined(),
      "\(said.err)")
    guard arguments.contains("--json") else { return }
    #expect(try JSONValue(parsing: Data(said.out.utf8))["failure"]?["summary"]?.string == summary)
  }

  @Test func `with --json even bad usage is one document`() async throws {
    let said = await run(["rollback", "--json"], in: folder)
    #expect(said.status == 64)
    #expect(try schema(said.out) == "keyturn.error/v1")
  }

  @Test func `a runbook that is not there or wrong is 65, located, and nothing is made`() async throws {
    let missing = await run(["rotate", "none.yaml", "--json"], ["KEYTURN_PASSPHRASE": "x"], in: folder)
    #expect(missing.status == 65)
    #expect(missing.err.contains("keyturn: error: none.yaml:1:1: "))
    #expect(try schema(missing.out) == "keyturn.error/v1")
    #expect(folder.names.isEmpty)

    _ = try folder.write("name: x\nportal: { kind: manual }\nfrob: 1\n", as: "bad.yaml")
    for command in ["rotate", "plan"] {
      let wrong = await run([command, "bad.yaml"], ["KEYTURN_PASSPHRASE": "x"], in: folder)
      #expect(wrong.status == 65)
      #expect(wrong.err.contains("bad.yaml:3:1: "))
      #expect(wrong.err.contains("keyturn: hint: "))
    }
    #expect(folder.names == ["bad.yaml"])
  }

  @Test func `without a passphrase rotate is refused before anything is made`() async throws {
    _ = try folder.write(Sample.runbook, as: "r.yaml")
    let said = await run(["rotate", "r.yaml", "--yes"], ["CLIENT": "c"], in: folder)
    #expect(said.status == 3)
    #expect(said.err.contains("KEYTURN_PASSPHRASE_FILE"))
    #expect(folder.names == ["r.yaml"])
  }

  @Test func `a target program that cannot be asked is 69, before anything is made`() async throws {
    let text = Sample.runbook.replacing(
      "{ kind: dotenv, path: app/.env }", with: "{ kind: exec, command: [./no-such-program] }")
    _ = try folder.write(text, as: "r.yaml")
    let said = await run(
      ["rotate", "r.yaml", "--yes"], ["CLIENT": "c", "KEYTURN_PASSPHRASE": "x"], in: folder)
    #expect(said.status == 69)
    #expect(said.err.contains("no-such-program could not be asked"))
    #expect(folder.names == ["r.yaml"])
  }

  @Test func `status answers where there is no state, and calls nothing safe`() async throws {
    let text = await run(["status"], in: folder)
    #expect(text.status == 0)
    #expect(text.out.hasPrefix("safe to walk away: not known"))
    let json = await run(["status", "--json"], ["KEYTURN_STATE": "elsewhere"], in: folder)
    #expect(json.status == 0)
    #expect(try schema(json.out) == "keyturn.rotation/v1")
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [
    ["status", "R-1"], ["advance"], ["attest", "published"], ["rollback", "--reason", "x", "--yes"],
    ["approve", "swap", "--reason", "x"], ["abandon", "--reason", "x"],
  ]) func `without a rotation there is nothing to do, and no state is made`(arguments: [String]) async {
    let said = await run(arguments, ["KEYTURN_PASSPHRASE": "x"], in: folder)
    #expect(said.status == 3)
    #expect(said.err.contains("keyturn: hint: "))
    #expect(folder.names.isEmpty)
  }

  @Test func `a state that others can read is 1`() async throws {
    let state = folder.path + "/state"
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
    #expect(FileManager.default.createFile(atPath: state + "/keyturn.sqlite", contents: nil))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: state)
    let said = await run(["status", "--json"], in: folder)
    #expect(said.status == 1)
    #expect(said.err.contains("chmod 0700"))
    #expect(try schema(said.out) == "keyturn.error/v1")
  }
}

/// Three strings and a number compare as one answer.
private func == (left: (status: Int32, out: String, err: String), right: (Int32, String, String)) -> Bool {
  left.status == right.0 && left.out == right.1 && left.err == right.2
}
