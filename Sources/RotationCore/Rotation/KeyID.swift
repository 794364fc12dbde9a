/// A JWK's `kid`, byte for byte as the portal and the assertion header carry it.
package struct KeyID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
  package let rawValue: String

  /// Takes any kid, for keys of other systems; `isUsable` tells whether we may make one like it.
  package init(rawValue: String) { self.rawValue = rawValue }
  package init(_ rawValue: String) { self.rawValue = rawValue }

  package var description: String { rawValue }

  /// 1 to 128 of `[A-Za-z0-9._-]`: what the portal accepts and what survives every environment-file grammar.
  package var isUsable: Bool { (1...128).contains(rawValue.utf8.count) && rawValue.utf8.allSatisfy(Self.isAllowed) }

  package static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  package static func < (left: KeyID, right: KeyID) -> Bool { left.rawValue < right.rawValue }

  package init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}
