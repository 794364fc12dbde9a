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
      await expectPass(try DotenvBench(folder: folder), unseen: ["staged", "rollbackByPointer"])
    }
  }

  @Test func `Vercel with sensitive variables passes`() async throws {
    await expectPass(
      try await VercelBench(.sensitive),
      unseen: ["atomicPair", "compareAndSwap", "readBack", "staged", "settlesAtOnce"])
  }

  @Test func `Vercel with encrypted variables passes`() async throws {
    await expectPass(
      try await VercelBench(.encrypted), unseen: ["atomicPair", "compareAndSwap", "staged", "settlesAtOnce"])
  }

  private static let cannotHalve = "half a pair is never read as a whole one, and a write mends it"

  @Test(.enabled(if: Readme.has("python3"))) func `the README's program passes`() async throws {
    try await withTargetFolder { folder in
      try Readme.program("a folder of versions", to: folder + "/target")
      let settings = Runbook.Exec(command: ["./target"], settings: ["folder": .string(folder + "/app")])
      let bench = PlainBench(pairs: try CheckKeys.pairs.get(), beacon: try await Self.exec(settings, folder)) { gate in
        try await Self.exec(settings, folder, gate)
      }
      await expectPass(bench, unseen: [Self.cannotHalve, "staged"])
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
      let bench = PlainBench(pairs: try CheckKeys.pairs.get(), beacon: beacon) { gate in
        try await Self.exec(settings, folder, gate)
      }
      await expectPass(bench, unseen: [Self.cannotHalve, "staged", "rollbackByPointer"])
      let sealed = try Data(contentsOf: URL(filePath: file))
      #expect(!String(decoding: sealed, as: UTF8.self).contains("PRIVATE KEY"))
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
    let code = block.drop { $0 != "\n" }.dropFirst()
    #expect(FileManager.default.createFile(atPath: path, contents: Data(code.utf8)))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
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
