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
    let findings = try #require(report["targets"]?.array?.first?["findings"]?.array)
    let unseen = findings.filter { $0["result"]?.string != "holds" }.compactMap { $0["claim"]?.string?.prefix(9) }
    #expect(unseen == ["half a pa", "readBack:", "staged: a", "a deploy "] && findings.count == 21)
    #expect(findings.contains { $0["reason"]?.string == "how often something is brought up cannot be counted here" })
    #expect(!said.out.contains("PRIVATE KEY") && !said.err.contains("PRIVATE KEY"))
  }

  /// The README's program with one of its claims made a lie: which, where it is changed, and what is seen of it.
  struct Lie: CustomTestStringConvertible {
    let claim: String
    let changes: [(from: String, to: String)]
    let seen: String
    var testDescription: String { claim }
  }

  private static let staging = #"    os.makedirs(f"{folder}/versions/{kid}", mode=0o700, exist_ok=True)\#n"#

  static let lies = [
    // It leads to a version that has one half, then for a while the other.
    Lie(
      claim: "atomicPair",
      changes: [
        (staging, "    shutil.rmtree(f'{folder}/versions/{kid}', True)\n" + staging + "    lead('staged', kid)\n"),
        ("            os.fsync(file.fileno())\n", "            __import__('time').sleep(0.5)\n"),
      ], seen: "a write that is killed within a call leaves"),
    // It forgets to look at what it is told to expect.
    Lie(
      claim: "compareAndSwap", changes: [(#"if ask["expected"] and"#, "if False and")],
      seen: "it wrote over what somebody else had set meanwhile)\n            to do: compare expected.kid"),
    // It looks, and writes a while later, without keeping others out.
    Lie(
      claim: "compareAndSwap",
      changes: [
        ("    fcntl.flock(", "    (lambda *_: 0)("), (staging, staging + "    __import__('time').sleep(0.3)\n"),
      ],
      seen: "two that wrote at once were both told that it was done"),
    // It notes what it was told, sets it, and tells its note.
    Lie(
      claim: "readBack",
      changes: [
        (staging, staging + "    lead('noted', kid)\n    __import__('time').sleep(1)\n"),
        ("    held = kid_at(\"staged\")\n", "    held = kid_at('noted')\n"),
      ], seen: "a write that is killed within a call is read as"),
    // It brings up what is set, whatever it is told to go back to.
    Lie(
      claim: "rollbackByPointer",
      changes: [(#"go_live(ask["bookmark"] or kid_at("staged"))"#, #"go_live(kid_at("staged"))"#)],
      seen: "after going back to what ran before kid check-foreign-"),
    // It takes a write and does it after the next look.
    Lie(
      claim: "settlesAtOnce",
      changes: [
        (#"if ask["expected"] and"#, "if False and"), ("    lead(\"staged\", kid)\n", "    lead('late', kid)\n"),
        (
          "    held = kid_at(\"staged\")\n",
          "    held = kid_at('staged')\n    if kid_at('late'): os.rename(f'{folder}/late', f'{folder}/staged')\n"
        ),
      ], seen: ", and later as the pair check-incoming-"),
    // Nothing takes up what it writes.
    Lie(
      claim: "restartsByItself", changes: [(#""deploys"]"#, #""deploys", "restartsByItself"]"#)],
      seen: "after a write alone kid check-outgoing-"),
    // It says so, and leaves running what runs.
    Lie(
      claim: "deploys",
      changes: [("    go_live(kid_at(\"staged\"))\nelif", "    go_live(kid_at('live') or kid_at('staged'))\nelif")],
      seen: "after a deploy kid check-outgoing-"),
  ]

  @Test(.enabled(if: honest), arguments: lies) func `a program that lies is 1, with the claim that it broke`(lie: Lie)
    async throws
  {
    try Readme.program("a folder of versions", to: folder.path + "/honest")
    var code = try String(contentsOfFile: folder.path + "/honest", encoding: .utf8)
    for (from, to) in lie.changes {
      try #require(code.contains(from), "\(from)")
      code = code.replacing(from, with: to)
    }
    try put(code, folder.path + "/target", mode: 0o700)
    let said = await check([
      "--yes", "--only", lie.claim, "--settings", #"{"folder": "\#(folder.path)/app"}"#, "--", "./target",
    ])
    #expect(said.status == 1)
    #expect(said.out.contains("broken    \(lie.claim)") && said.out.contains(lie.seen), "\(said.out)\(said.err)")
    #expect(said.out.contains("\n            to do: "))
    #expect(said.err.contains("keyturn: error:") && said.err.contains("keyturn: hint:"))
  }

  @Test func `a claim that there is none of is a usage error`() async {
    #expect(await check(["--yes", "--only", "speed", "--", "/bin/false"]).status == 64)
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
