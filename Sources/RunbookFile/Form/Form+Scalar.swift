internal import RotationCore

extension Form where Value == String {
  /// Text that is not empty, every `${NAME}` resolved. Unquoted `true` and `3` are no text.
  static var text: Form { anyText.that("must not be empty") { !$0.isEmpty } }

  /// The same, and empty is text too.
  static var anyText: Form {
    Form { branch, reading in
      guard case .text(let written, let isPlain) = branch.content else { return reading.refuse(branch, "must be text") }
      guard !isPlain || PlainScalar(written) == .text else {
        return reading.refuse(branch, "must be text; put it in quotes")
      }
      return reading.resolve(written, of: branch).flatMap { text in
        text.unicodeScalars.contains("\0") ? reading.refuse(branch, "must not hold a NUL character") : text
      }
    }
  }

  /// Text on one line.
  static var line: Form {
    text.that("must be on one line, without control characters") { !$0.unicodeScalars.contains(where: isControl) }
  }

  /// A name that a machine compares byte for byte: no blanks around or in it.
  static var word: Form {
    line.that("must not hold blanks") { !$0.unicodeScalars.contains { $0.properties.isWhitespace } }
  }

  /// The name of an environment variable (POSIX).
  static var variableName: Form {
    word.that("must be a variable's name: letters, digits and `_`, no digit first") { Template.isName($0) }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator
      || scalar.properties.generalCategory == .paragraphSeparator
  }
}

extension Form where Value == SecretString {
  /// What a secret that stands in the runbook itself leads to: the file is stored with every rotation, in clear.
  enum InClear { case refused, warnedOf, taken }

  /// Text that reaches no finding, log or database.
  static func secret(_ form: Form<String> = .text, inClear: InClear) -> Form {
    Form { branch, reading in
      let text = form.read(branch, reading)
      guard case .text(let written, _) = branch.content, text != nil, Template(written)?.names.isEmpty == true else {
        return text.map(SecretString.init)
      }
      let claim = "is a secret and must not stand in the runbook; name an environment variable as ${NAME}"
      switch inClear {
      case .refused: return reading.refuse(branch, claim)
      case .warnedOf: reading.warn("`\(branch.path)` \(claim)", at: branch.place)
      case .taken: break
      }
      return text.map(SecretString.init)
    }
  }
}

extension Form where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the words of an enum.
  static func choice(_: Value.Type) -> Form {
    Form { branch, reading in
      guard let text = Form<String>.text.read(branch, reading) else { return nil }
      return Value(rawValue: text) ?? reading.refuse(branch, mismatch(branch, among: Value.allCases.map(\.rawValue)))
    }
  }
}

/// "must be …", with the likely word when what is written (never what a variable gave) is near one.
func mismatch(_ branch: Branch, among words: [String]) -> String {
  var claim = "must be \(words.joined(separator: ", ", last: " or "))"
  if case .text(let written, _) = branch.content, words.count > 1,
    let near = Spelling.nearest(to: written, among: words)
  {
    claim += "; did you mean \(near)?"
  }
  return claim
}

extension Form where Value == Bool {
  static var flag: Form {
    Form { branch, reading in
      guard case .text(let written, true) = branch.content, case .bool(let value) = PlainScalar(written) else {
        return reading.refuse(branch, "must be true or false")
      }
      return value
    }
  }
}

extension Form where Value == Int {
  /// A whole number, unquoted.
  static func integer(in range: ClosedRange<Int>) -> Form {
    whole("must be a whole number from \(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
  }

  static func integer(oneOf numbers: [Int]) -> Form {
    whole("must be \(numbers.map(String.init).joined(separator: ", ", last: " or "))") { numbers.contains($0) }
  }

  private static func whole(_ claim: String, _ holds: @escaping (Int) -> Bool) -> Form {
    Form { branch, reading in
      guard case .text(let written, true) = branch.content, case .integer(let wide) = PlainScalar(written),
        let value = Int(exactly: wide), holds(value)
      else { return reading.refuse(branch, claim) }
      return value
    }
  }
}

extension Form where Value == JSONValue {
  /// Anything but null, strings resolved: what a program of the operator's own is handed.
  static var json: Form {
    Form { branch, reading in
      switch branch.content {
      case .void: return nil
      case .list: return Form<[JSONValue]>.list(of: .json, atLeast: 0).read(branch, reading).map(JSONValue.array)
      case .map: return Form<[String: JSONValue]>.object.read(branch, reading).map(JSONValue.object)
      case .text(let written, let isPlain):
        switch isPlain ? PlainScalar(written) : .text {
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value) where value.isFinite: return .number(value)
        case .number: return reading.refuse(branch, "is no number that JSON can hold")
        case .null, .text: return Form<String>.anyText.read(branch, reading).map(JSONValue.string)
        }
      }
    }
  }
}

extension Form where Value == [String: JSONValue] {
  static var object: Form {
    Form { branch, reading in
      guard case .map(let entries) = branch.content else { return reading.refuse(branch, "must be a mapping") }
      let members = entries.map { ($0.key, Form<JSONValue>.json.read($0.value, reading)) }
      let given = members.compactMap { key, value in value.map { (key, $0) } }
      return given.count == members.count ? Dictionary(given) { _, last in last } : nil
    }
  }
}

extension [String] {
  func joined(separator: String, last: String) -> String {
    guard count > 1 else { return first ?? "" }
    return dropLast().joined(separator: separator) + last + self[count - 1]
  }
}
