import Foundation
import Testing

/// What an auditor does with the folder that the real binary made: copies it, and runs the lines of its README.
@Suite struct AuditExportTests {
  private static let isRoot = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
  private static let isDemanded = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(.enabled(if: isRoot || isDemanded, "SKIPPED: only root with setpriv can become another user"))
  func `another user verifies what audit export made, in another folder, with an empty environment`() async throws {
    try #require(Self.isRoot, "only root with setpriv can become another user")
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let rotated = try await simulation.program(["rotate", simulation.runbook, "--yes", "--wait"])
    #expect(rotated.status == 0, "\(rotated.err)")
    let place = FileManager.default.temporaryDirectory.appending(path: "keyturn-export-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: place) }
    // The parts of the path that the command itself makes are to be passable too.
    let export = place.appending(path: "made/evidence")
    let exported = try await simulation.program(["audit", "export", export.path, "--json"])
    #expect(exported.status == 0, "\(exported.err)")
    let entries = try #require(try exported.json["entries"] as? Int)
    #expect(entries > 5)

    let readme = try String(contentsOf: export.appending(path: "README.md"), encoding: .utf8)
    let blocks = readme.components(separatedBy: "```sh\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(blocks.count == 2)
    for (block, words) in zip(blocks, ["VERIFIED: \(entries) entries", "VERIFIED: entry 0 of \(entries): {"]) {
      let said = try await asNobody(block, onCopyOf: export)
      #expect(said.status == 0, "\(said.err)")
      #expect(said.out.hasPrefix(words), "\(said.out)")
    }
    #expect(try await asNobody("command -v keyturn", onCopyOf: export).status != 0)
  }

  /// Runs `lines` in a copy that this user made, and that goes away with the shell.
  private func asNobody(_ lines: String, onCopyOf export: URL) async throws -> Program.Answer {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setpriv")
    process.arguments = [
      "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "env", "-i", "/bin/sh", "-euc",
      #"mine=$(mktemp -d); trap 'rm -rf "$mine"' EXIT; cp -R "$1" "$mine/received"; cd "$mine/received"; sh -c "$2""#,
      "sh", export.path, lines,
    ]
    return try await offThePool { try Program.run(process) }
  }
}
