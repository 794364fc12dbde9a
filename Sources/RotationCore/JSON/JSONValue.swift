package import Foundation

/// Any JSON value, kept as it was read, so that a member we do not know leaves the program as it came in.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  package var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  package var array: [JSONValue]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  package var object: [String: JSONValue]? {
    guard case .object(let value) = self else { return nil }
    return value
  }

  package subscript(_ member: String) -> JSONValue? { object?[member] }
}

extension JSONValue: Codable {
  /// What is met most often is tried first, since every try that fails throws.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode([String: JSONValue].self) {
      self = .object(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else {
      self = .number(try container.decode(Double.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Reads one JSON document in which every member name stands once. Throws `DecodingError` for anything else; nesting is
  /// bounded by Foundation's parser (512).
  package init(parsing bytes: Data) throws {
    self = try JSONDecoder().decodeStrictly(JSONValue.self, from: bytes)
  }

  /// Any Codable value as JSON, with times as ISO 8601 in UTC.
  package init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    try self.init(parsing: encoder.encode(value))
  }
}

extension JSONDecoder {
  /// As `decode`, from one document in which every member name stands once (`StrictJSON`).
  package func decodeStrictly<T: Decodable>(_ type: T.Type, from bytes: Data) throws -> T {
    let value = try decode(type, from: bytes)
    if let complaint = StrictJSON.complaint(about: bytes) {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: complaint))
    }
    return value
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}
