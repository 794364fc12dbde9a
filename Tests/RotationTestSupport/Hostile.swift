package import Foundation

/// SplitMix64: the same chance on every run.
package struct SeededChance: RandomNumberGenerator {
  private var state: UInt64

  package init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &+ 20_261_122 }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// Inputs that an enemy or a broken disk may hand to a reader: real ones, damaged by a seeded hand.
package struct Hostile {
  /// How many damaged inputs each reader gets: `KEYTURN_FUZZ_CASES`, else few enough for every run of the tests.
  package static let cases =
    ProcessInfo.processInfo.environment["KEYTURN_FUZZ_CASES"].flatMap { Int($0) } ?? 400
  /// No damaged input is longer, so that a reader's time and memory have a bound.
  package static let longest = 64 * 1024

  /// Well-formed inputs to start from.
  private let sources: [[UInt8]]
  /// What a grammar of this kind may stumble over, put in at any place.
  private let splices: [[UInt8]]

  package init(_ sources: [Data], splices: [String]) {
    self.sources = sources.map(Array.init)
    self.splices = splices.map { Array($0.utf8) }
  }

  /// Hands `count` damaged inputs over, the same ones for the same seed.
  package func each(_ count: Int = Self.cases, seed: Int = 0, _ body: (Data) throws -> Void) rethrows {
    var chance = SeededChance(seed)
    for _ in 0..<count { try body(next(&chance)) }
  }

  /// One line for each suite; `Scripts/test.sh` adds them up.
  package static func tell(_ name: String, inputs: Int, refused: Int) {
    print("fuzzed \(name): \(inputs) inputs, \(refused) refused")
  }

  package func next(_ chance: inout SeededChance) -> Data {
    var bytes = sources.randomElement(using: &chance) ?? []
    for _ in 0..<Int.random(in: 1...4, using: &chance) { damage(&bytes, &chance) }
    return Data(bytes.prefix(Self.longest))
  }

  private func damage(_ bytes: inout [UInt8], _ chance: inout SeededChance) {
    let at = Int.random(in: 0...bytes.count, using: &chance)
    let end = min(bytes.count, at + Int.random(in: 1...40, using: &chance))
    switch Int.random(in: 0..<8, using: &chance) {
    case 0 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &chance)
    case 1 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &chance)
    case 2: bytes.removeSubrange(at..<end)
    case 3: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &chance))
    case 4: bytes.removeSubrange(at...)
    case 5:
      let part = Array(bytes[at..<end])
      bytes.insert(contentsOf: repeatElement(part, count: Int.random(in: 2...200, using: &chance)).joined(), at: at)
    case 6:
      let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      bytes = Array(lines.shuffled(using: &chance).joined(separator: [UInt8(ascii: "\n")]))
    default: bytes.insert(contentsOf: splices.randomElement(using: &chance) ?? [], at: at)
    }
  }
}

extension Hostile {
  /// What JSON readers stumble over.
  package static let jsonSplices = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\udc00", "\\u0000", "null", "true", "-", "0", "00",
    "-0", "1e999", "1e-999", "1E+", "0x1", ".5", "5.", "9223372036854775807", "9223372036854775808", "NaN", "Infinity",
    "//", "/*", "'", "\u{FEFF}", "\u{0}", "\u{2028}", "e\u{301}", "é", "🗝", "{\"a\":1,\"a\":2}",
    String(repeating: "[", count: 600), String(repeating: "{\"a\":", count: 600), String(repeating: "9", count: 400),
  ]

  /// Texts that RFC 8259 does not allow.
  package static let brokenJSON = [
    "", " ", "nul", "True", "NaN", "-Infinity", "+1", "01", "-01", ".5", "5.", "1e", "1e+", "0x1F", "1 2", "--1",
    "[1,]",
    "[,1]", "[1 2]", "[", "]", "[1", "{", "}", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}",
    "{\"a\":1 \"b\":2}", "{\"a\" 1}", "'a'", "\"a", "\"\\x41\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
    "\"\\",
    "\"a\nb\"", "\"\t\"", "\"\u{0}\"", "[1]x", "[1][2]", "// c\n1", "/* c */1", "1 # c", "\u{FEFF}", "\u{A0}1",
    "\u{2028}1",
    "{\"a\":1}}", "[[]", "\"\\uD83D\\u0041\"", "tru\u{65}e", "fals",
  ]

  /// `object` with its members spoilt, each in another way: none of these is a document that this program wrote.
  package static func spoilt(_ object: String) -> [Data] {
    let start = object.dropFirst()
    let texts =
      brokenJSON + ["null", "[]", "{}", "\"text\"", "1", "[\(object)]", "{\"a\":\(object)}", "{\"a\":,\(start)"]
      + [String(object.dropLast()), object + object, String(repeating: "[", count: 100_000)]
    return texts.map { Data($0.utf8) } + [
      Data(object.utf8.prefix(20)) + [0xFF, 0xFE], Data([0x22, 0xC0, 0xAF, 0x22]),
    ]
  }
}
