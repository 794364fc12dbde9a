internal import Foundation

/// Any Codable value as JSON in one pass, several times faster than `JSONEncoder`, which builds a tree first; a commit
/// writes a whole rotation, so this is the hottest code of the room. `JSONDecoder` reads it back, without the rules of
/// `JSONValue(parsing:)` on repeated names: the digest of what was written stands in the log.
///
/// Dates are seconds since 2001-01-01T00:00:00Z: Foundation's own count, so that they come back to the bit.
enum Document {
  static func encode(_ value: some Encodable) throws -> String {
    let output = DocumentOutput()
    try output.write(whole: value)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  /// The same for a value of which most is as it was when `parts` were kept; keeps those of this one.
  static func encode(_ value: some Encodable, keeping parts: inout DocumentParts) throws -> [UInt8] {
    let output = DocumentOutput(keeping: parts)
    try output.write(whole: value)
    parts = output.parts ?? parts
    return output.bytes
  }

  static func decode<T: Decodable>(_ text: String) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(text.utf8))
  }
}
