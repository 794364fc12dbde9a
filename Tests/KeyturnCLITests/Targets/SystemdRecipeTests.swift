import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import KeyturnCLI

/// The README's recipe for an EnvironmentFile, as it stands in `Examples/systemd`.
@Suite struct SystemdRecipeTests {
  private static let parser = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"

  private static func example(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "Examples/systemd/\(name)"), encoding: .utf8)
  }

  /// A service manager of one unit: a restart reads the environment file; with `broken` there the app falls over.
  private static let systemctl = """
    #!/bin/sh
    case "$1 $3" in
      "restart "*) cp .env live; echo "$*" >> calls ;;
      "show --property=ActiveState") if [ -e broken ]; then echo activating; else echo active; fi ;;
      "show --property=NRestarts") if [ -e broken ]; then echo 3; else echo 0; fi ;;
      "show --property=Result") echo exit-code ;;
      *) exit 2 ;;
    esac

    """

  private static func bench(_ folder: String) throws -> DotenvBench {
    try put(try example("restart-unit"), folder + "/restart-unit", mode: 0o755)
    try FileManager.default.createDirectory(atPath: folder + "/bin", withIntermediateDirectories: false)
    try put(systemctl, folder + "/bin/systemctl", mode: 0o755)
    try put("#!/bin/sh\n", folder + "/bin/sleep", mode: 0o755)
    return try DotenvBench(
      folder: folder, reload: ["./restart-unit", "apier.service", "2"], path: folder + "/bin:/usr/bin:/bin")
  }

  @Test func `the README shows the examples as they are`() throws {
    let readme = try Readme.text()
    for name in ["apier.service", "restart-unit"] {
      #expect(try readme.contains("\n" + Self.example(name) + "```"), "\(name)")
    }
    #expect(try Self.example("apier.service").contains("EnvironmentFile=/etc/apier/maskinporten.env\n"))
    #expect(readme.contains("path: /etc/apier/maskinporten.env\n"))
  }

  @Test(.enabled(if: Readme.has("systemd-analyze"))) func `the unit is one that systemd takes`() async throws {
    try await withTargetFolder { folder in
      let unit = folder + "/apier.service"
      // The app's interpreter need not be installed here.
      try put(try Self.example("apier.service").replacing("/usr/bin/node", with: "/bin/sh"), unit)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["systemd-analyze", "verify", "--man=no", unit]
      let said = Pipe()
      process.standardError = said
      process.standardOutput = said
      try process.run()
      let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0 && !text.contains("apier.service"), "\(text)")
    }
  }

  @Test func `the recipe passes the conformance suite`() async throws {
    try await withTargetFolder { folder in
      let findings = await TargetConformance(try Self.bench(folder)).run()
      for finding in findings where finding.isBroken { Issue.record("\(finding.claim): \(finding.result)") }
      let calls = try String(contentsOfFile: folder + "/calls", encoding: .utf8).split(separator: "\n")
      #expect(calls.count > 10 && calls.allSatisfy { $0 == "restart apier.service" })
    }
  }

  @Test func `a unit that does not stay up is a failed deploy that says so`() async throws {
    try await withTargetFolder { folder in
      let bench = try Self.bench(folder)
      try await bench.reset()
      let target = try await bench.target(OpenGate())
      try await target.write(bench.pairs.incoming.copy(), replacing: bench.pairs.outgoing.kid)
      _ = try await bench.act(.breakNextVersion)
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await target.deploy(
          TargetOrder(rotation: RotationID(rawValue: "R-20261122-TEST"), kid: bench.pairs.incoming.kid))
      }
      #expect(trouble?.kind == .rejected)
      #expect(trouble?.detail.contains("apier.service does not stay up: activating, exit-code") == true)
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: parser)))
  func `systemd's own parser reads the pair that was written`() async throws {
    try await withTargetFolder { folder in
      let bench = try Self.bench(folder)
      try await bench.reset()
      let target = try await bench.target(OpenGate())
      try await target.write(bench.pairs.incoming.copy(), replacing: bench.pairs.outgoing.kid)
      let place = folder + "/config/environment.d"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: folder + "/.env", toPath: place + "/10.conf")
      let process = Process()
      process.executableURL = URL(filePath: Self.parser)
      process.environment = ["HOME": folder, "XDG_CONFIG_HOME": folder + "/config"]
      let said = Pipe()
      process.standardOutput = said
      try process.run()
      let lines = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        .split(separator: "\n").map(String.init)
      process.waitUntilExit()
      let pem = bench.pairs.incoming.pem.replacing("\n", with: "\\n")
      #expect(lines.contains("MASKINPORTEN_KID=\(bench.pairs.incoming.kid)"))
      #expect(lines.contains("MASKINPORTEN_PRIVATE_KEY=\"\(pem)\""))
    }
  }
}
