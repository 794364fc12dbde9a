/// Columns for a terminal: each as wide as its widest cell, the last one as it comes.
struct TextTable {
  var header: [String]
  var rows: [[String]]

  func lines(_ console: Console) -> [String] {
    let rows = rows.map { $0.map { String($0.printable.map { $0 == "\n" ? " " : $0 }) } }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      var line = ""
      for (column, cell) in cells.enumerated() {
        line += cell
        if column < cells.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    return [console.ink(.faint, line(header))] + rows.map(line)
  }

  /// The same as a Markdown table.
  var markdown: [String] {
    func line(_ cells: [String]) -> String { "| " + cells.map(Self.markdownCell).joined(separator: " | ") + " |" }
    return [line(header), "|" + String(repeating: "---|", count: header.count)] + rows.map(line)
  }

  /// Words that Markdown shows as they are, in a cell or a line: no markup, no HTML, no link.
  static func markdownCell(_ words: String) -> String {
    var text = ""
    for character in words.printable {
      switch character {
      case "\\", "`", "*", "[", "]", "|": text += "\\\(character)"
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\n": text += " "
      default: text.append(character)
      }
    }
    return text
  }
}
