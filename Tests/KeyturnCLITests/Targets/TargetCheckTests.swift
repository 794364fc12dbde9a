import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

/// `keyturn target check`, as an operator calls it.
@Suite struct TargetCheckTests {
  private static let honest = Readme.has("python3")

  private let folder: TestFolder

  init() throws {
    signal(SIGPIPE, SIG_IGN)
    folder = try TestFolder()
  }

  private func check(_ arguments: [String]) async -> (status: Int32, out: String, err: String) {
    await run(["target", "check"] + arguments, ["PATH": Readme.path], in: folder)
  }

  @Test(.enabled(if: honest)) func `the README's program passes, and its claims are told`() async throws {
    try Readme.program("a folder of versions", to: folder.path + "/target")
    let said = await check(["--yes", "--json", "--settings", #"{"folder": "\#(folder.path)/app"}"#, "--", "./target"])
    #expect(said.status == 0, "\(said.err) \(said.out)")
    let report = try JSONValue(parsing: Data(said.out.utf8))
    #expect(report["schema"]?.string == "keyturn.target-check/v1")
    #expect(report["passes"] == .bool(true))
    let held = report["targets"]?.array?.first?["findings"]?.array?.count { $0["result"]?.string == "holds" }
    #expect(held == 18)
    #expect(!said.out.contains("PRIVATE KEY") && !said.err.contains("PRIVATE KEY"))
  }

  @Test(.enabled(if: honest)) func `a program that lies is 1, with the claim that it broke`() async throws {
    try Readme.program("a folder of versions", to: folder.path + "/honest")
    let code = try String(contentsOfFile: folder.path + "/honest", encoding: .utf8)
    // It forgets to look at what it is told to expect.
    let liar = code.replacing(#"if ask["expected"] and"#, with: "if False and")
    #expect(liar != code)
    #expect(FileManager.default.createFile(atPath: folder.path + "/target", contents: Data(liar.utf8)))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path + "/target")
    let said = await check(["--yes", "--settings", #"{"folder": "\#(folder.path)/app"}"#, "--", "./target"])
    #expect(said.status == 1)
    #expect(said.out.contains("broken    compareAndSwap"))
    #expect(
      said.out.contains(
        "it wrote over what somebody else had set meanwhile)\n            to do: compare expected.kid"))
    #expect(said.err.contains("keyturn: error:") && said.err.contains("keyturn: hint:"))
  }

  @Test(arguments: [
    ("echo nonsense", "9 bytes that are not one JSON document"),
    (#"echo '{"status":"done"}{"status":"done"}'"#, "35 bytes that are not one JSON document"),
    (#"echo '{"status":"done","protocol":"keyturn-target/2"}'"#, "answers in keyturn-target/2"),
    ("true", "wrote nothing to standard output"), ("exec sleep 3000", "did not end within 20s and was killed"),
  ])
  func `a program that answers with no document is told verb by verb, with what to do`(body: String, words: String)
    async throws
  {
    let describe = #"echo '{"status":"done","name":"x","capabilities":["deploys"]}'"#
    // Later calls are told off at once, so that only two of them are waited for: before the suite, and in its first claim.
    let program = """
      #!/bin/sh
      if [ "$1" = describe ]; then \(describe); exit; fi
      echo "$1" >> asked
      [ "$(wc -l < asked)" -le 2 ] || exit 77
      \(body)

      """
    try put(program, folder.path + "/target", mode: 0o700)
    // Only the one that hangs is to be late, however busy this machine is.
    let said = await check(["--yes", "--timeout", body.contains("sleep") ? "20" : "60", "--", "./target"])
    #expect(said.status == 1, "\(said.err)")
    #expect(said.out.contains(words), "\(said.out)")
    #expect(said.out.contains("to do: "))
    #expect(said.out.contains("broken    it can be left as it was found (") && !said.out.contains("Kind"))
    #expect(said.err.contains("keyturn: hint: mend what is marked broken"))
  }

  @Test(.enabled(if: honest)) func `a check that is stopped sets back what it may, and does not pass`() async throws {
    try Readme.program("a folder of versions", to: folder.path + "/target")
    let stop = StopSignal()
    let live = folder.path + "/app/live"
    let somebody = Task {
      while (try? FileManager.default.destinationOfSymbolicLink(atPath: live)) == nil { await Task.yield() }
      stop.request()
    }
    let said = await run(
      ["target", "check", "--yes", "--json", "--settings", #"{"folder": "\#(folder.path)/app"}"#, "--", "./target"],
      ["PATH": Readme.path], in: folder, stop: stop)
    await somebody.value
    #expect(said.status == 4, "\(said.err)")
    #expect(try JSONValue(parsing: Data(said.out.utf8))["passes"] == .bool(false))
    #expect(said.err.contains("keyturn: error: the check was stopped before its end"))
    #expect(said.err.contains("is left with the throwaway pair check-outgoing-"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: live).contains("/check-outgoing-"))
  }

  @Test func `nothing is written without a yes, nor to what may be in use`() async throws {
    let unasked = await check(["--", "/bin/false"])
    #expect(unasked.status == 3)
    #expect(unasked.err.contains("--yes"))
    let silent = await check(["--yes", "--", "/bin/false"])
    #expect(silent.status == 69)
    #expect(silent.err.contains("could not be asked"))
    #expect(await check([]).status == 64)
  }
}
