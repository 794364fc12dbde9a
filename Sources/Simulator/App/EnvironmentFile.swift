internal import Foundation

/// The dotenv grammar that an app's loader reads: `NAME=value`, `'…'` verbatim and `"…"` with `\n`, both over many
/// lines; `#` begins a comment line; the last of two equal names counts.
enum EnvironmentFile {
  static func parse(_ text: String) -> [String: String] {
    var variables: [String: String] = [:]
    var rest = Substring(text.replacing("\r\n", with: "\n"))
    while let line = rest.firstRange(of: /[^\n]*\n?/).map({ rest[$0] }), !line.isEmpty {
      guard let match = line.prefixMatch(of: /\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=[ \t]*/) else {
        rest = rest[line.endIndex...]
        continue
      }
      let (value, end) = value(at: match.range.upperBound, in: rest)
      variables[String(match.1)] = value
      rest = rest[end...]
      rest = rest[(rest.firstIndex(of: "\n").map(rest.index(after:)) ?? rest.endIndex)...]
    }
    return variables
  }

  private static func value(at start: String.Index, in text: Substring) -> (String, String.Index) {
    guard start < text.endIndex else { return ("", text.endIndex) }
    let quote = text[start]
    let inside = text[text.index(after: start)...]
    if quote == "'" || quote == "\"", let close = inside.firstIndex(of: quote) {
      let verbatim = String(inside[..<close])
      return (quote == "'" ? verbatim : verbatim.replacing("\\n", with: "\n"), close)
    }
    let end = text[start...].firstIndex(of: "\n") ?? text.endIndex
    return (text[start..<end].trimmingCharacters(in: .whitespaces), end)
  }
}
