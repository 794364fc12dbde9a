package import Foundation

/// Base64url without padding, as JOSE writes bytes (RFC 7515 section 2, RFC 4648 section 5).
package enum Base64URL {
  package static func encode(_ bytes: some ContiguousBytes) -> String {
    let text = Base64.encode(bytes).utf8.compactMap { character -> UInt8? in
      switch character {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      case UInt8(ascii: "="): nil
      default: character
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Strict: no padding, no blanks, no character of plain base64, no stray bits in the last character. Nil otherwise.
  package static func decode(_ text: String) -> Data? {
    var plain: [UInt8] = []
    for character in text.utf8 {
      switch character {
      case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: plain.append(character)
      }
    }
    plain += Array(repeating: UInt8(ascii: "="), count: (4 - plain.count % 4) % 4)
    return Base64.decode(String(decoding: plain, as: UTF8.self))
  }
}
