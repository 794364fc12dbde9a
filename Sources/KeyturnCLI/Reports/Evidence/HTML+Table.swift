/// What every page of ours is made of.
extension HTML {
  static func heading(_ name: String) -> HTML {
    .element("h2", [:], HTML(name.prefix(1).uppercased() + name.dropFirst()))
  }

  /// `words` is what a cell says of what it holds.
  static func table(_ table: TextTable, words: (String) -> String = { $0 }) -> HTML {
    func cell(_ column: Int, _ text: String) -> HTML {
      .element("td", ["class": isShort(table.header[column]) ? "short" : "long"], HTML(words(text)))
    }
    return .element(
      "table", [:],
      .element("thead", [:], .element("tr", [:], table.header.map { .element("th", [:], HTML($0)) })),
      .element(
        "tbody", [:],
        table.rows.map { row in .element("tr", [:], row.enumerated().map { cell($0.offset, $0.element) }) }))
  }

  /// Columns of the program's own words, which are never broken.
  private static func isShort(_ column: String) -> Bool { ["entry", "time", "phase", "step", "fact"].contains(column) }
}
