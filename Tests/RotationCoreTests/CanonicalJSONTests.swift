import Foundation
import RotationCore
import Testing

@Suite struct CanonicalJSONTests {
  private func canonical(_ value: JSONValue) -> String { String(decoding: value.canonical, as: UTF8.self) }

  @Test func `members are sorted by UTF-16 code units, as in RFC 8785 section 3-2-3`() {
    let value: JSONValue = [
      "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
    ]
    let order = [
      "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]
    let text = canonical(value)
    let places = order.compactMap { text.range(of: $0)?.lowerBound }
    #expect(places.count == order.count)
    #expect(places == places.sorted())
  }

  @Test func `strings carry the shortest escapes`() {
    #expect(canonical("\u{20ac}$\u{0f}\nA'B\"\\\\\"/") == #""€$\u000f\nA'B\"\\\\\"/""#)
    #expect(canonical("plain") == #""plain""#)
    #expect(canonical("\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}") == "\"\\b\\t\\n\\u000b\\f\\r\\u001f\u{7f}\"")
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (Double.leastNonzeroMagnitude, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9_007_199_254_740_992, "9007199254740992"), (0x1p68, "295147905179352830000"), (1e23, "1e+23"),
    (9.999999999999997e22, "9.999999999999997e+22"), (0.000001, "0.000001"), (1e-7, "1e-7"),
    (333333333.33333329, "333333333.3333333"),
    (4.5, "4.5"), (2e-3, "0.002"), (1e21, "1e+21"), (100, "100"), (-1.5, "-1.5"),
  ])
  func `numbers are written as ECMAScript writes them`(number: Double, text: String) {
    #expect(canonical(.number(number)) == text)
  }
}
