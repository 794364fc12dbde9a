/// A text with `${NAME}` in it; a `$` without a brace is itself.
struct Template {
  private enum Segment {
    case literal(Substring)
    case variable(String)
  }

  private var segments: [Segment] = []

  /// Nil when a `${` is not followed by a name (`[A-Za-z_][A-Za-z0-9_]*`) and `}`.
  init?(_ written: String) {
    var rest = written[...]
    while let opening = rest.firstRange(of: "${") {
      let tail = rest[opening.upperBound...]
      guard let closing = tail.firstIndex(of: "}"), Self.isName(tail[..<closing]) else { return nil }
      segments.append(.literal(rest[..<opening.lowerBound]))
      segments.append(.variable(String(tail[..<closing])))
      rest = tail[tail.index(after: closing)...]
    }
    segments.append(.literal(rest))
  }

  var names: Set<String> {
    segments.reduce(into: []) { names, segment in
      if case .variable(let name) = segment { names.insert(name) }
    }
  }

  /// Values are taken as they are: a `${` inside one is not looked at.
  func filled(from variables: [String: String]) -> String {
    segments.reduce(into: "") { text, segment in
      switch segment {
      case .literal(let part): text += part
      case .variable(let name): text += variables[name, default: ""]
      }
    }
  }

  /// POSIX: a name that a shell can set.
  static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, !isDigit(first) else { return false }
    return text.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
