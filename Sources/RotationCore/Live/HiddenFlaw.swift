/// What an eye does not see in a variable's value, and what is compared byte for byte all the same: a line break at its
/// end, the quotes of a `.env` grammar, a character without a shape. The private key has its PEM shapes instead.
package struct HiddenFlaw: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case lineBreak = "line-break"
    case quotes = "in-quotes"
    case blankAtEdge = "blank-at-edge"
    case invisible = "invisible-character"
    /// Bytes that are no UTF-8.
    case noText = "no-text"
    /// Of the mode alone, which is `live` byte for byte.
    case letterCase = "letter-case"
  }

  package let field: LiveVariable
  package let kind: Kind
  /// The end of a sentence, and never a byte of a secret: `ends in a line break (U+000D): "live\r"`.
  package let words: String

  /// The first flaw of a variable that is set; nil for a private key. A mode counts where it was meant to be live.
  package init?(of field: LiveVariable, in variables: [String: String]) {
    guard field != .privateKey, let value = LiveEnvironment.value(field, in: variables) else { return nil }
    let found = Self.look(at: value)
    if field == .mode {
      guard value != MaskinportenMode.live.rawValue, Self.letters(of: value).lowercased() == "live" else { return nil }
    } else if found == nil {
      return nil
    }
    self.field = field
    kind = found?.kind ?? .letterCase
    let words = found?.words ?? "is not in small letters"
    self.words = field == .apiSecret ? words : "\(words): \(Self.quoted(value))"
  }

  /// Of every variable, in their order.
  package static func all(in variables: [String: String]) -> [HiddenFlaw] {
    LiveVariable.allCases.compactMap { HiddenFlaw(of: $0, in: variables) }
  }

  /// `MASKINPORTEN_KID ends in a line break (U+000A): "k\n"`.
  package var summary: String { "\(field.rawValue) \(words)" }

  /// The same of a value that is being spoken of already.
  package var told: String { "it \(words)" }

  /// In quotes, with every character written out that has no shape.
  package static func quoted(_ value: String) -> String {
    "\"" + visible(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")) + "\""
  }

  /// One line, with every character written out that has no shape: nothing in it can steer a terminal.
  package static func visible(_ value: String) -> String {
    value.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default: text += isInvisible(scalar) ? "\\u{\(code(of: scalar))}" : String(scalar)
      }
    }
  }

  private static func look(at value: String) -> (kind: Kind, words: String)? {
    let scalars = Array(value.unicodeScalars)
    guard let first = scalars.first, let last = scalars.last else { return nil }
    if isLineBreak(last) { return (.lineBreak, "ends in a line break (U+\(code(of: last)))") }
    if scalars.count > 1, first == last, ["\"", "'", "`"].contains(first) {
      return (.quotes, "stands in quotes that are part of the value")
    }
    if first == " " || first == "\t" { return (.blankAtEdge, "begins with a blank") }
    if last == " " || last == "\t" { return (.blankAtEdge, "ends in a blank") }
    if let scalar = scalars.first(where: isLineBreak) {
      return (.lineBreak, "has a line break in it (U+\(code(of: scalar)))")
    }
    if let scalar = scalars.first(where: isInvisible) {
      return (.invisible, "has an invisible character (U+\(code(of: scalar)))")
    }
    return scalars.contains("\u{FFFD}") ? (.noText, "has bytes that are no UTF-8") : nil
  }

  /// Without blanks, quotes and what has no shape.
  private static func letters(of value: String) -> String {
    let kept = value.unicodeScalars.filter { !isInvisible($0) && !" \"'`".unicodeScalars.contains($0) }
    return String(String.UnicodeScalarView(kept))
  }

  private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
    ["\n", "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
  }

  /// Takes no ink: controls, blanks that are not U+0020, marks of width nothing.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    case .spaceSeparator: scalar != " "
    default: scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  private static func code(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
