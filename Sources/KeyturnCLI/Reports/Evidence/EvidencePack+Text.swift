internal import Foundation
internal import RotationCore

extension EvidencePack {
  func text(_ console: Console) -> String {
    let facts = facts.map { "  " + $0.name.padding(toLength: 12, withPad: " ", startingAt: 0) + $0.value.printable }
    return document(
      [console.ink(.bold, "rotation \(rotation.id)")] + facts, heading: { console.ink(.bold, $0) },
      rows: { $0.lines(console).map { "  " + $0 } })
  }

  /// The same under Markdown headings, for a ticket.
  var markdown: String {
    let facts = facts.map { "- \($0.name): \(TextTable.markdownCell($0.value))" }
    let record = seal.map { seal in
      ["", "## record", "", "```", seal.note.trimmingCharacters(in: .newlines), "```", "", "vkey `\(seal.key)`"]
    }
    return document(
      ["# Rotation \(rotation.id)", "", TextTable.markdownCell(lead), ""] + facts, heading: { "## \($0)\n" },
      rows: { $0.markdown + [""] }) + (record ?? []).joined(separator: "\n")
  }

  private func document(_ head: [String], heading: (String) -> String, rows: (TextTable) -> [String]) -> String {
    var lines = head
    for (name, table) in sections + [("verdicts under which each step acted", verdictTable)] {
      lines += ["", heading(name)] + rows(table)
    }
    return lines.joined(separator: "\n")
  }
}
