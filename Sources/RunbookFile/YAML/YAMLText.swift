internal import Foundation
internal import RotationCore

/// A runbook's bytes, checked before any YAML parser sees them.
struct YAMLText {
  /// 1 MiB; a runbook has about 2 KiB.
  static let sizeLimit = 1 << 20
  /// Aliases or complex keys beyond this many are refused unparsed: each may double the work of the parser.
  static let suspectLimit = 8

  let text: String

  /// Throws one finding: too large, not UTF-8, a control character, or more aliases or complex keys than any honest
  /// file has.
  init(_ bytes: Data) throws(RunbookRejected) {
    guard bytes.count <= Self.sizeLimit else {
      throw RunbookRejected("the file has more than 1 MiB", at: .start)
    }
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    guard let decoded = String(validating: content, as: UTF8.self) else {
      throw RunbookRejected("the file is not UTF-8 from here on", at: Self.placeOfInvalidUTF8(content))
    }
    if let place = Self.placeOfControlCharacter(decoded) {
      throw RunbookRejected("a control character cannot stand here", at: place)
    }
    let suspects = Suspects(decoded)
    if suspects.anchors > 0, suspects.aliases > Self.suspectLimit {
      throw RunbookRejected(YAMLTree.aliasMessage, at: suspects.firstAlias)
    }
    if suspects.complexKeys > Self.suspectLimit {
      throw RunbookRejected(YAMLTree.complexKeyMessage, at: suspects.firstComplexKey)
    }
    text = decoded
  }

  private static func placeOfInvalidUTF8(_ bytes: Data) -> Place {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var cursor = Cursor()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { cursor.pass(scalar) }
    return cursor.place
  }

  /// YAML 1.2 section 5.1: the characters that a stream may not contain.
  private static func placeOfControlCharacter(_ text: String) -> Place? {
    var cursor = Cursor()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x10000...: cursor.pass(scalar)
      default: return cursor.place
      }
    }
    return nil
  }
}

/// What may be an anchor, an alias or a complex key, counted without knowing quotes and comments: never too few.
private struct Suspects {
  var anchors = 0
  var aliases = 0
  var complexKeys = 0
  var firstAlias = Place.start
  var firstComplexKey = Place.start

  init(_ text: String) {
    var cursor = Cursor()
    var before: Unicode.Scalar = "\n"
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      let after = next ?? "\n"
      if scalar == "&", Self.isName(after) { anchors += 1 }
      if scalar == "*", Self.isName(after) {
        if aliases == 0 { firstAlias = cursor.place }
        aliases += 1
      }
      if scalar == "?", Self.isBlank(after), Self.isBlank(before) || "-[{,:".unicodeScalars.contains(before) {
        if complexKeys == 0 { firstComplexKey = cursor.place }
        complexKeys += 1
      }
      cursor.pass(scalar)
      before = scalar
    }
  }

  private static func isName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-")
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar == "\u{FEFF}"
  }
}

extension RunbookRejected {
  /// One finding that leaves nothing else to look at.
  init(_ message: String, at place: Place) {
    self.init(findings: [RunbookFinding(line: place.line, column: place.column, message: message)])
  }
}
