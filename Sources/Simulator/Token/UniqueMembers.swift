internal import Foundation
internal import RotationCore

/// JSON as JOSE wants it: a member name given twice makes the whole text unusable (RFC 7515 section 5.2, RFC 7519
/// section 4), where Foundation keeps one of the two in silence.
enum UniqueMembers {
  /// The object in `bytes`; nil for other JSON, for a repeated name at any depth and for what is no JSON.
  static func object(in bytes: Data) -> [String: JSONValue]? {
    guard let value = try? JSONValue(parsing: bytes), let object = value.object, !repeatsAName(bytes) else {
      return nil
    }
    return object
  }

  /// Walks text that is known to be JSON: a string followed by a colon is a name.
  private static func repeatsAName(_ bytes: Data) -> Bool {
    let text = Array(bytes)
    var scopes: [Set<String>] = []
    var index = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): scopes.append([])
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = scopes.popLast()
      case UInt8(ascii: "\""):
        let start = index
        index += 1
        while index < text.count, text[index] != UInt8(ascii: "\"") {
          index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        let literal = text[start...min(index, text.count - 1)]
        let next = text[min(index + 1, text.count)...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard next == UInt8(ascii: ":") else { break }
        guard let name = try? JSONValue(parsing: Data(literal)).string, let scope = scopes.indices.last,
          scopes[scope].insert(name).inserted
        else { return true }
      default: break
      }
      index += 1
    }
    return false
  }
}
