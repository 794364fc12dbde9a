internal import RotationCore

enum KeyMember: String, Member {
  case algorithm, bits, kid
  case minAge = "min_age"
  case use
  static let section = "key"
}

extension Runbook.Key {
  static func read(_ reader: MappingReader<KeyMember>) -> Self? {
    let standard = Self()
    return Self(
      algorithm: reader.optional(.algorithm, .choice(SigningAlgorithm.self)) ?? standard.algorithm,
      bits: reader.optional(.bits, .integer(oneOf: [2048, 3072, 4096])) ?? standard.bits,
      kidPattern: reader.optional(.kid, .kidPattern) ?? standard.kidPattern,
      minAge: reader.optional(.minAge, .duration) ?? standard.minAge,
      use: reader.optional(.use, .kid))
  }
}

extension Form where Value == KeyID {
  /// A kid that the portal takes and that every environment file can hold.
  static var kid: Form {
    Form<String>.word.map { KeyID($0) }.that("must be 1 to 128 of A-Z a-z 0-9 . _ -") { $0.isUsable }
  }
}

extension Form where Value == String {
  /// A kid with placeholders. It must hold the thumbprint: no kid is ever used with two keys (contract, safety rule 6).
  static var kidPattern: Form {
    Form { branch, reading in
      guard let text = Form.word.read(branch, reading) else { return nil }
      var length = 0
      var placeholders: Set<Substring> = []
      var rest = text[...]
      while let character = rest.first {
        if character == "{", let end = rest.firstIndex(of: "}") {
          let placeholder = rest[...end]
          guard let width = widths[String(placeholder)] else {
            return reading.refuse(branch, "holds an unknown placeholder; there are {date} and {thumbprint}")
          }
          placeholders.insert(placeholder)
          length += width
          rest = rest[rest.index(after: end)...]
        } else {
          guard String(character).utf8.allSatisfy(KeyID.isAllowed) else {
            return reading.refuse(
              branch, "must consist of A-Z a-z 0-9 . _ - and the placeholders {date} and {thumbprint}")
          }
          length += 1
          rest.removeFirst()
        }
      }
      guard placeholders.contains("{thumbprint}") else {
        return reading.refuse(branch, "must hold {thumbprint}, so that no kid ever names two keys")
      }
      guard length <= 128 else {
        return reading.refuse(branch, "makes a kid of \(length) characters; at most 128 are allowed")
      }
      return text
    }
  }

  /// How long each placeholder becomes: yyyymmdd, and RFC 7638 with SHA-256 in base64url.
  private static var widths: [String: Int] { ["{date}": 8, "{thumbprint}": 43] }
}
