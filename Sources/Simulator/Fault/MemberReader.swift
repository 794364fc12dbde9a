internal import RotationCore

/// Takes a JSON object apart by name and type; what nobody asked for is an error.
struct MemberReader {
  private var members: [String: JSONValue]
  private let owner: String

  init(_ value: JSONValue, of owner: String) throws {
    guard let members = value.object else { throw FaultPlan.unusable("\(owner) must be a JSON object") }
    self.members = members
    self.owner = owner
  }

  mutating func value(_ name: String) -> JSONValue? { members.removeValue(forKey: name) }

  mutating func string(_ name: String) throws -> String? { try take(name, "a string") { $0.string } }
  mutating func array(_ name: String) throws -> [JSONValue]? { try take(name, "an array") { $0.array } }

  /// At least 0.
  mutating func integer(_ name: String) throws -> Int? {
    try take(name, "a whole number from 0") { value in
      value.integer.flatMap(Int.init(exactly:)).flatMap { $0 >= 0 ? $0 : nil }
    }
  }

  mutating func number(_ name: String) throws -> Double? {
    try take(name, "a number") { value in
      switch value {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil
      }
    }
  }

  mutating func seconds(_ name: String) throws -> Duration? { try number(name).map { .seconds($0) } }

  mutating func bool(_ name: String) throws -> Bool? {
    try take(name, "true or false") { value in
      guard case .bool(let flag) = value else { return nil }
      return flag
    }
  }

  func required<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw FaultPlan.unusable("\(owner) lacks \(name)") }
    return value
  }

  func end() throws {
    guard let extra = members.keys.min() else { return }
    throw FaultPlan.unusable("\(owner) has an unknown member \(extra)")
  }

  private mutating func take<Value>(_ name: String, _ kind: String, _ read: (JSONValue) -> Value?) throws -> Value? {
    guard let value = members.removeValue(forKey: name) else { return nil }
    guard let read = read(value) else { throw FaultPlan.unusable("\(owner): \(name) must be \(kind)") }
    return read
  }
}
