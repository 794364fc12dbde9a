import Foundation
import Testing

@testable import KeyturnCLI

@Suite struct ReadmeTests {
  @Test func `the README's diagram is the one that the program prints`() throws {
    let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    #expect(text.contains("```mermaid\n" + PhaseDiagram.mermaid().trimmingCharacters(in: .newlines) + "\n```"))
  }
}
