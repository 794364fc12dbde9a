/// A piece of HTML in which every text and every attribute's value is escaped; there is no way to put one in raw.
struct HTML {
  private(set) var text: String

  /// What a reader sees.
  init(_ words: String) { text = Self.escape(words) }

  /// One after the other, nothing between.
  init(_ parts: [HTML]) { text = parts.map(\.text).joined() }

  private init(written text: String) { self.text = text }

  /// Names and attribute names are the program's own; values may be anything.
  static func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ parts: HTML...)
    -> HTML
  {
    element(name, attributes, parts)
  }

  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ parts: [HTML]
  ) -> HTML {
    let attributes = attributes.map { " \($0.key)=\"\(escape($0.value))\"" }.joined()
    return HTML(written: "<\(name)\(attributes)>" + parts.map(\.text).joined() + "</\(name)>")
  }

  /// An element that has no end tag.
  static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> HTML {
    HTML(written: "<\(name)" + attributes.map { " \($0.key)=\"\(escape($0.value))\"" }.joined() + ">")
  }

  /// A style sheet of the program's own.
  static func style(_ sheet: StaticString) -> HTML { HTML(written: "<style>\n\(sheet)\n</style>") }

  /// A whole page in English that may load nothing, whatever a browser thinks of its content.
  static func page(title: String, style sheet: StaticString, _ body: [HTML]) -> String {
    let head = element(
      "head",
      [:],
      [
        void("meta", ["charset": "utf-8"]),
        void(
          "meta",
          ["http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"]),
        void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        void("meta", ["name": "referrer", "content": "no-referrer"]),
        element("title", [:], HTML(title)), style(sheet),
      ])
    return "<!doctype html>\n" + element("html", ["lang": "en"], head, element("body", [:], body)).text
  }

  private static func escape(_ words: String) -> String {
    var text = ""
    for scalar in words.printable.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension String {
  /// Without what could steer a terminal or reorder a line: control characters but newline, and the marks that turn the
  /// direction of text.
  var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0A: text.unicodeScalars.append(scalar)
      case 0x00..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
