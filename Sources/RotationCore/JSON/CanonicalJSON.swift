package import Foundation

extension JSONValue {
  /// The one byte string that RFC 8785 gives this value: members sorted by UTF-16 code units, no blanks, shortest escapes.
  package var canonical: Data {
    var text: [UInt8] = []
    text.reserveCapacity(512)
    write(to: &text)
    return Data(text)
  }

  private func write(to text: inout [UInt8]) {
    switch self {
    case .null: text += "null".utf8
    case .bool(let value): text += (value ? "true" : "false").utf8
    case .integer(let value): text += value.description.utf8
    case .number(let value): text += Self.ecmaScript(value).utf8
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      text.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        value.write(to: &text)
      }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      let sorted = members.sorted { Self.precedes($0.key, $1.key) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &text)
        text.append(UInt8(ascii: ":"))
        member.value.write(to: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  /// By UTF-16 code units, which bytes below 0x80 sort alike.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    if left.utf8.allSatisfy({ $0 < 0x80 }), right.utf8.allSatisfy({ $0 < 0x80 }) {
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
    return left.utf16.lexicographicallyPrecedes(right.utf16)
  }

  private static func write(_ string: String, to text: inout [UInt8]) {
    var string = string
    text.append(UInt8(ascii: "\""))
    string.withUTF8 { bytes in
      if bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
        text.append(contentsOf: bytes)
      } else {
        for byte in bytes { text += escaped(byte) }
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  private static func escaped(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "\""): Array("\\\"".utf8)
    case UInt8(ascii: "\\"): Array("\\\\".utf8)
    case 0x08: Array("\\b".utf8)
    case 0x09: Array("\\t".utf8)
    case 0x0A: Array("\\n".utf8)
    case 0x0C: Array("\\f".utf8)
    case 0x0D: Array("\\r".utf8)
    case ..<0x20: Array((byte < 0x10 ? "\\u000" : "\\u00").utf8) + String(byte, radix: 16).utf8
    default: [byte]
    }
  }

  /// ECMAScript's Number::toString (ECMA-262 6.1.6.1.20), from Swift's shortest digits.
  private static func ecmaScript(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value == 0 { return "0" }
    if value < 0 { return "-" + ecmaScript(-value) }
    let parts = "\(value)".lowercased().split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
    var digits = mantissa[0] + fraction
    exponent += mantissa[0].count
    while digits.hasPrefix("0") {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0") { digits.removeLast() }
    let count = digits.count
    switch exponent {
    case count...21: return digits + String(repeating: "0", count: exponent - count)
    case 1..<max(2, count) where exponent <= 21 && exponent < count:
      return digits.prefix(exponent) + "." + digits.dropFirst(exponent)
    case -5...0: return "0." + String(repeating: "0", count: -exponent) + digits
    default:
      let sign = exponent - 1 < 0 ? "-" : "+"
      let tail = count > 1 ? "." + digits.dropFirst() : ""
      return digits.prefix(1) + tail + "e" + sign + String(abs(exponent - 1))
    }
  }
}
