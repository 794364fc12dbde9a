internal import Foundation

/// Any Codable value as JSON in one pass, several times faster than `JSONEncoder`, which builds a tree first; a commit
/// writes a whole rotation, so this is the hottest code of the room. `JSONDecoder` reads it back.
///
/// Dates are seconds since 2001-01-01T00:00:00Z: Foundation's own count, so that they come back to the bit.
enum Document {
  static func encode(_ value: some Encodable) throws -> String {
    let output = DocumentOutput()
    try value.encode(to: DocumentWriter(output: output))
    output.close(downTo: 0)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  static func decode<T: Decodable>(_ text: String) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(text.utf8))
  }
}
