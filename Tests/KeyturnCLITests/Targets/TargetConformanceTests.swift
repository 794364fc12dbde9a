import Foundation
import KeyMaterial
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

@testable import KeyturnCLI

/// One suite for every kind of target.
@Suite struct TargetConformanceTests {
  /// Every claim holds but those that the bench cannot see, which are named.
  private func expectPass(_ bench: any ConformanceBench, unseen: Set<String>) async {
    let findings = await TargetConformance(bench).run()
    for finding in findings where finding.isBroken { Issue.record("\(finding.claim): \(finding.result)") }
    let missed = findings.filter { if case .notSeen = $0.result { true } else { false } }
    #expect(Set(missed.compactMap { $0.claim.split(separator: ":").first.map(String.init) }) == unseen)
    print("\(findings.count - missed.count) of \(findings.count) claims held")
  }

  @Test func `an environment file passes`() async throws {
    try await withTargetFolder { folder in
      // Its one call is ended at every system call by the suite of crashes.
      await expectPass(
        try DotenvBench(folder: folder), unseen: ["atomicPair", "staged", "rollbackByPointer", Self.cannotCount])
    }
  }

  @Test func `Vercel with sensitive variables passes`() async throws {
    await expectPass(
      try await VercelBench(.sensitive),
      unseen: ["atomicPair", "compareAndSwap", "readBack", "settlesAtOnce"])
  }

  @Test func `Vercel with encrypted variables passes`() async throws {
    await expectPass(
      try await VercelBench(.encrypted), unseen: ["atomicPair", "compareAndSwap", "settlesAtOnce"])
  }

  @Test func `Vercel where our deployment goes live as any push does passes`() async throws {
    let bench = try await VercelBench(.sensitive) { _ in
    } adjust: {
      $0.staged = false
    }
    await expectPass(bench, unseen: ["atomicPair", "compareAndSwap", "readBack", "staged", "settlesAtOnce"])
  }

  private static let cannotHalve = "half a pair is never read as a whole one, and a write mends it"
  private static let cannotCount = "a deploy that is cut at any call is not done twice"

  @Test(.enabled(if: Readme.has("python3"))) func `the README's program passes`() async throws {
    try await withTargetFolder { folder in
      try Readme.program("a folder of versions", to: folder + "/target")
      await expectPass(try await FolderProgramBench(folder: folder), unseen: ["staged"])
    }
  }

  /// Runs the program beside it and kills it before the so-manieth line of a verb, which `kill-at` names.
  private static let killer = """
    #!/usr/bin/env python3
    import os, signal, sys
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "honest")
    verb, count = open(os.path.join(os.path.dirname(path), "kill-at")).read().split(":")
    passed = 0
    def trace(frame, event, _):
        global passed
        if frame.f_code.co_filename == path and event == "line":
            passed += 1
            if passed == int(count):
                open(os.path.join(os.path.dirname(path), "killed"), "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    code = compile(open(path).read(), path, "exec")
    if sys.argv[1] == verb: sys.settrace(trace)
    exec(code, {"__name__": "__main__"})

    """

  @Test(.enabled(if: Readme.has("python3")), arguments: [("stage", 20), ("activate", 15), ("rollback", 15)])
  func `the README's program may be killed before any of its lines`(verb: String, least: Int) async throws {
    try await withTargetFolder { folder in
      try Readme.program("a folder of versions", to: folder + "/honest")
      try put(Self.killer, folder + "/target", mode: 0o700)
      try put("none:0", folder + "/kill-at")
      let bench = try await FolderProgramBench(folder: folder)
      let (target, outgoing, incoming) = (bench.program, bench.pairs.outgoing, bench.pairs.incoming)
      func order(_ pair: HeldPair, _ direction: TargetOrder.Direction, _ bookmark: String?) -> TargetOrder {
        TargetOrder(
          rotation: RotationID(rawValue: "R-20261122-TEST"), kid: pair.kid, direction: direction, bookmark: bookmark)
      }
      var kills = 0
      for line in 1...200 {
        try await bench.reset()
        let bookmark = outgoing.kid.rawValue
        if verb == "activate" { try bench.lay(incoming, at: ["staged"]) }
        if verb == "rollback" { try bench.lay(incoming, at: ["live"]) }
        func act() async throws {
          switch verb {
          case "stage": try await target.write(incoming.copy(), replacing: nil)
          case "activate": try await target.deploy(order(incoming, .forward, bookmark))
          default: try await target.deploy(order(outgoing, .back, bookmark))
          }
        }
        try put("\(verb):\(line)", folder + "/kill-at")
        do { try await act() } catch let trouble as NeighbourTrouble { #expect(trouble.effectIsUnknown) }
        try put("none:0", folder + "/kill-at")
        let killed = FileManager.default.fileExists(atPath: folder + "/killed")
        let held = await CheckKeys.store.holding(of: target.read())
        #expect([.kidOnly(outgoing.kid), .kidOnly(incoming.kid)].contains(held), "before line \(line) of \(verb)")
        if killed { try await act() }
        let then = await CheckKeys.store.holding(of: target.read())
        #expect(then == .kidOnly(verb == "rollback" ? outgoing.kid : incoming.kid), "before line \(line)")
        let live = try await bench.running()
        #expect(live == (verb == "activate" ? incoming.kid : outgoing.kid), "before line \(line)")
        guard killed else { break }
        kills += 1
        try FileManager.default.removeItem(atPath: folder + "/killed")
      }
      #expect(kills >= least)
    }
  }

  @Test(.enabled(if: Readme.has("systemd-creds") && Readme.has("jq") && Readme.canSealForThisHost))
  func `the README's systemd credential passes`() async throws {
    try await withTargetFolder { folder in
      try Readme.program("a systemd encrypted credential", to: folder + "/target")
      let file = folder + "/app.cred"
      let live = folder + "/live"
      // The unit's part: what a restarted service finds in its credential.
      let restart = "systemd-creds decrypt --name=maskinporten \(file) - 2>/dev/null | jq -r .kid > \(live)"
      let settings = Runbook.Exec(
        command: ["./target"],
        settings: ["file": .string(file), "restart": ["sh", "-c", .string(restart)]])
      let beacon = FileBeacon {
        String(decoding: try Data(contentsOf: URL(filePath: live)), as: UTF8.self)
          .trimmingCharacters(in: .newlines)
      }
      let bench = PlainBench(pairs: try CheckKeys.pairs.get(), beacon: beacon, clock: ManualClock()) { gate in
        try await Self.exec(settings, folder, gate)
      }
      await expectPass(bench, unseen: [Self.cannotHalve, Self.cannotCount, "readBack", "staged", "rollbackByPointer"])
      let sealed = try Data(contentsOf: URL(filePath: file))
      #expect(!String(decoding: sealed, as: UTF8.self).contains("PRIVATE KEY"))
    }
  }

  /// The README's program, but what it stages is live at once.
  private static func selfStarting(_ folder: String, claims: String) throws {
    try Readme.program("a folder of versions", to: folder + "/honest")
    let honest = try String(contentsOfFile: folder + "/honest", encoding: .utf8)
    let code = honest.replacing(
      #""rollbackByPointer", "settlesAtOnce", "deploys"]"#, with: #""settlesAtOnce"\#(claims)]"#
    ).replacing("    lead(\"staged\", kid)\n", with: "    lead(\"staged\", kid)\n    lead(\"live\", kid)\n")
    #expect(code.contains("lead(\"live\", kid)\n    answer()") && !code.contains("deploys"))
    try put(code, folder + "/target", mode: 0o700)
  }

  private static func selfStartingBench(_ folder: String, claims: String) async throws -> PlainBench {
    try selfStarting(folder, claims: claims)
    let settings = Runbook.Exec(command: ["./target"], settings: ["folder": .string(folder + "/app")])
    let beacon = try await exec(settings, folder)
    return PlainBench(pairs: try CheckKeys.pairs.get(), beacon: beacon, clock: ManualClock()) { gate in
      try await exec(settings, folder, gate)
    }
  }

  @Test(.enabled(if: Readme.has("python3"))) func `a program whose app takes up every write by itself passes`()
    async throws
  {
    try await withTargetFolder { folder in
      let bench = try await Self.selfStartingBench(folder, claims: #", "restartsByItself""#)
      let held = await TargetConformance(bench).run(only: "restartsByItself")
      #expect(held.map(\.result) == [.holds])
      let findings = await TargetConformance(bench).run()
      for finding in findings where finding.isBroken { Issue.record("\(finding.claim): \(finding.result)") }
    }
  }

  @Test(.enabled(if: Readme.has("python3"))) func `a program that hides that a write is live at once fails`()
    async throws
  {
    try await withTargetFolder { folder in
      let bench = try await Self.selfStartingBench(folder, claims: "")
      #expect(await TargetConformance(bench).run(only: "restartsByItself").contains(where: \.isBroken))
    }
  }

  // MARK: Real targets that claim what they cannot

  @Test(arguments: [
    ("atomicPair", TargetCapabilities.atomicPair), ("compareAndSwap", .compareAndSwap), ("staged", .staged),
    ("restartsByItself", .restartsByItself),
  ])
  func `Vercel that claims more than it can fails`(word: String, lie: TargetCapabilities) async throws {
    let bench = try await VercelBench(.encrypted) { _ in
    } adjust: {
      $0.staged = false
    }
    #expect(await TargetConformance(BoastingBench(base: bench, lie: lie)).run(only: word).contains(where: \.isBroken))
  }

  @Test func `Vercel that claims to read what is sensitive fails`() async throws {
    let bench = BoastingBench(base: try await VercelBench(.sensitive), lie: .readBack)
    #expect(await TargetConformance(bench).run(only: "readBack").contains(where: \.isBroken))
  }

  @Test(arguments: [
    ("staged", TargetCapabilities.staged), ("restartsByItself", .restartsByItself),
    ("rollbackByPointer", .rollbackByPointer),
  ])
  func `an environment file that claims more than it can fails`(word: String, lie: TargetCapabilities) async throws {
    try await withTargetFolder { folder in
      let bench = BoastingBench(base: try DotenvBench(folder: folder), lie: lie)
      #expect(await TargetConformance(bench).run(only: word).contains(where: \.isBroken))
    }
  }

  private static func exec(_ settings: Runbook.Exec, _ folder: String, _ gate: any CallGate = OpenGate()) async throws
    -> ExecTarget
  {
    try await ExecTarget.describe(
      settings, folder: folder, environment: ["PATH": Readme.path], withheld: [], clock: ManualClock(), gate: gate)
  }
}

/// Programs that the README shows, as files.
enum Readme {
  static let path = "/usr/local/bin:/usr/bin:/bin"

  static func text() throws -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md")
    return try String(contentsOf: file, encoding: .utf8)
  }

  /// The code block whose second line says that it is `keyturn-target: TITLE`.
  static func program(_ title: String, to path: String) throws {
    let blocks = try text().components(separatedBy: "```").filter { $0.contains("# keyturn-target: \(title)\n") }
    let block = try #require(blocks.first)
    try put(String(block.drop { $0 != "\n" }.dropFirst()), path, mode: 0o700)
  }

  static func has(_ program: String) -> Bool {
    path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }

  /// A host key can be made or read here; else the recipe cannot be tried.
  static let canSealForThisHost: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "printf x | systemd-creds encrypt --name=x --with-key=host - - > /dev/null 2>&1"]
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}
