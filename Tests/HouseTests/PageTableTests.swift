import Foundation
import Testing

/// The table from page section to test names tests that are there.
@Suite struct PageTableTests {
  @Test func `every test that the table names exists`() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let table = try String(contentsOf: tests.appending(path: "PAGE.md"), encoding: .utf8)
    let named = table.split(separator: "\n").dropFirst().compactMap { line -> String? in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, cells[2].hasPrefix("`"), cells[2].hasSuffix("`") else { return nil }
      return String(cells[2].dropFirst().dropLast())
    }
    #expect(named.count > 30)
    var sources = ""
    let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      if file.pathExtension == "swift" { sources += try String(contentsOf: file, encoding: .utf8) }
    }
    for name in Set(named) { #expect(sources.contains("func `\(name)`("), "no test is called: \(name)") }
  }
}
