import Foundation
import Testing

/// Words stay in their rooms: what only one room may touch is named in that room alone.
@Suite struct HouseTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    var pattern: String
    var rooms: Set<String>
    var testDescription: String { "\(pattern) only in \(rooms.sorted().joined(separator: ", "))" }
  }

  static let rules = [
    Rule(pattern: #"\bEVP_"#, rooms: ["COpenSSL", "Primitives", "KeyMaterial"]),
    Rule(pattern: #"\b(SELECT|INSERT INTO|PRAGMA)\b"#, rooms: ["RotationStore"]),
    Rule(pattern: #"import GRDB"#, rooms: ["RotationStore"]),
    Rule(pattern: #"import Yams"#, rooms: ["RunbookFile"]),
    Rule(pattern: #"import AsyncHTTPClient"#, rooms: ["Neighbours"]),
    Rule(pattern: #"import Hummingbird"#, rooms: ["HTTPListening", "Simulator", "ControlServer"]),
    Rule(
      pattern: #"\bRotationLedger\b|\bLedgerCommit\b|\bWritableLedger\b"#,
      rooms: ["RotationCore", "RotationStore", "KeyturnCLI", "keyturn-bench"]),
    Rule(pattern: #"import ArgumentParser"#, rooms: ["KeyturnCLI"]),
    Rule(pattern: #"\bDate\(\)|Date\.now"#, rooms: ["KeyturnCLI"]),
    Rule(pattern: #"ProcessInfo\.processInfo\.environment"#, rooms: ["KeyturnCLI"]),
    // Tests end and fail the program from outside (Scripts/crash-points.c); nothing in it knows of that.
    Rule(pattern: #"\bCRASH_|\bFAIL_FLUSH\b|LD_PRELOAD"#, rooms: []),
    Rule(pattern: #"\btry!|\bas! |fatalError\("#, rooms: []),
    Rule(pattern: #"options: \.atomic|\.write\([^)]*\.atomic"#, rooms: []),
  ]

  @Test(arguments: rules) func `a word stays in its rooms`(rule: Rule) throws {
    let pattern = try Regex(rule.pattern)
    for (path, text) in try sources() where !rule.rooms.contains(where: { path.hasPrefix("Sources/\($0)/") }) {
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      where line.contains(pattern) && !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") {
        Issue.record("\(path):\(index + 1): \(line)")
      }
    }
  }

  @Test func `no file grows beyond what one reader holds`() throws {
    for (path, text) in try sources() {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(lines <= 401, "\(path) has \(lines) lines")
    }
  }

  private func sources() throws -> [(path: String, text: String)] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let files = FileManager.default.enumerator(at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
    var found: [(String, String)] = []
    while let file = files?.nextObject() as? URL {
      guard ["swift", "h"].contains(file.pathExtension) else { continue }
      found.append((String(file.path.dropFirst(root.path.count + 1)), try String(contentsOf: file, encoding: .utf8)))
    }
    #expect(found.count > 50)
    return found
  }
}
