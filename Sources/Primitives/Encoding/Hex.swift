package import Foundation

package enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Lower-case, two digits a byte.
  package static func encode(_ bytes: some ContiguousBytes) -> String {
    bytes.withUnsafeBytes { bytes in
      String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
  }

  /// Takes both cases; nil for an odd count or any other character.
  package static func decode(_ text: String) -> Data? {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes = Data(capacity: digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}
