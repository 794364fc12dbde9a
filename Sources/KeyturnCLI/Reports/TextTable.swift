/// Columns for a terminal: each as wide as its widest cell, the last one as it comes.
struct TextTable {
  var header: [String]
  var rows: [[String]]

  func lines(_ console: Console) -> [String] {
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
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    return [line(header), "|" + String(repeating: "---|", count: header.count)] + rows.map(line)
  }
}
