/// What every page of ours is made of.
extension HTML {
  static func heading(_ name: String) -> HTML {
    .element("h2", [:], HTML(name.prefix(1).uppercased() + name.dropFirst()))
  }

  static func table(_ table: TextTable) -> HTML {
    func cell(_ column: Int, _ words: String) -> HTML {
      .element("td", ["class": table.header[column] == "time" ? "time" : "cell"], HTML(words))
    }
    return .element(
      "table", [:],
      .element("thead", [:], .element("tr", [:], table.header.map { .element("th", [:], HTML($0)) })),
      .element(
        "tbody", [:],
        table.rows.map { row in .element("tr", [:], row.enumerated().map { cell($0.offset, $0.element) }) }))
  }
}
