/// Counts lines and columns as libyaml does.
struct Cursor {
  private(set) var place = Place.start
  private var lastWasReturn = false

  mutating func pass(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\n" where lastWasReturn: break
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": place = Place(line: place.line + 1, column: 1)
    default: place = Place(line: place.line, column: place.column + 1)
    }
    lastWasReturn = scalar == "\r"
  }
}
