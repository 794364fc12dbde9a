internal import Foundation

/// JSON as JOSE and RFC 8785 want it, which Foundation's parser does not insist on: UTF-8, a member name given once
/// (RFC 7515 section 5.2, RFC 7519 section 4), no comma before a closing bracket.
struct StrictJSON {
  private let text: UnsafeRawBufferPointer
  private var index = 0
  /// The names so far in each open object; empty for arrays.
  private var scopes: [Set<String>] = []
  private var lastWasComma = false

  /// Why `bytes`, which Foundation reads, are refused all the same.
  static func complaint(about bytes: Data) -> String? {
    bytes.withUnsafeBytes {
      var walk = StrictJSON(text: $0)
      return walk.complaint()
    }
  }

  private init(text: UnsafeRawBufferPointer) { self.text = text }

  private mutating func complaint() -> String? {
    while index < text.count {
      let byte = text[index]
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D:
        index += 1
        continue
      case 0: return "it is not UTF-8"
      case UInt8(ascii: "{"), UInt8(ascii: "["): scopes.append([])
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if lastWasComma { return "a comma stands before a closing bracket" }
        _ = scopes.popLast()
      case UInt8(ascii: "\""):
        let literal = string()
        if isName, let name = Self.name(literal), let scope = scopes.indices.last,
          !scopes[scope].insert(name).inserted
        {
          return "an object has a member twice"
        }
      default: break
      }
      lastWasComma = byte == UInt8(ascii: ",")
      index += 1
    }
    return nil
  }

  /// The literal that begins here; `index` then stands on its closing quote.
  private mutating func string() -> Slice<UnsafeRawBufferPointer> {
    let start = index
    index += 1
    while index < text.count, text[index] != UInt8(ascii: "\"") { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
    return text[start..<min(index + 1, text.count)]
  }

  /// A string followed by a colon is a name.
  private var isName: Bool {
    text.dropFirst(index + 1).first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
  }

  private static func name(_ literal: Slice<UnsafeRawBufferPointer>) -> String? {
    guard literal.contains(UInt8(ascii: "\\")) else {
      return String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
    }
    return try? JSONDecoder().decode(String.self, from: Data(literal))
  }
}
