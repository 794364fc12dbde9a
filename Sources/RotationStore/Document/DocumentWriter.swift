/// The three faces that `Encodable` writes to, over one `DocumentOutput`.
struct DocumentWriter: Encoder {
  let output: DocumentOutput
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Keyed<Key>(output: output, depth: output.open(.object)))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    Unkeyed(output: output, depth: output.open(.array))
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(output: output) }

  struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let output: DocumentOutput
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) {
      output.next(key.stringValue, at: depth)
      output.write(literal: "null")
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
      output.next(key.stringValue, at: depth)
      try output.write(whole: value)
    }

    func encode(_ value: String, forKey key: Key) {
      output.next(key.stringValue, at: depth)
      output.write(value)
    }

    func encode(_ value: Bool, forKey key: Key) {
      output.next(key.stringValue, at: depth)
      output.write(value)
    }

    func encode(_ value: Int, forKey key: Key) {
      output.next(key.stringValue, at: depth)
      output.write(value)
    }

    func encode(_ value: Double, forKey key: Key) throws {
      output.next(key.stringValue, at: depth)
      try output.write(value, at: [key])
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
      -> KeyedEncodingContainer<Nested>
    {
      output.next(key.stringValue, at: depth)
      return DocumentWriter(output: output).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      output.next(key.stringValue, at: depth)
      return DocumentWriter(output: output).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
      output.next("super", at: depth)
      return DocumentWriter(output: output)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
      output.next(key.stringValue, at: depth)
      return DocumentWriter(output: output)
    }
  }

  struct Unkeyed: UnkeyedEncodingContainer {
    let output: DocumentOutput
    let depth: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(output: DocumentOutput, depth: Int) {
      self.output = output
      self.depth = depth
    }

    private mutating func next() {
      output.next(at: depth)
      count += 1
    }

    mutating func encodeNil() {
      next()
      output.write(literal: "null")
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
      next()
      try output.write(whole: value)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
      next()
      return DocumentWriter(output: output).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      next()
      return DocumentWriter(output: output).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
      next()
      return DocumentWriter(output: output)
    }
  }

  struct Single: SingleValueEncodingContainer {
    let output: DocumentOutput
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { output.write(literal: "null") }
    func encode(_ value: Bool) { output.write(value) }
    func encode(_ value: String) { output.write(value) }
    func encode(_ value: Double) throws { try output.write(value, at: []) }
    func encode(_ value: Float) throws { try output.write(Double(value), at: []) }
    func encode(_ value: Int) { output.write(value) }
    func encode(_ value: Int8) { output.write(value) }
    func encode(_ value: Int16) { output.write(value) }
    func encode(_ value: Int32) { output.write(value) }
    func encode(_ value: Int64) { output.write(value) }
    func encode(_ value: UInt) { output.write(value) }
    func encode(_ value: UInt8) { output.write(value) }
    func encode(_ value: UInt16) { output.write(value) }
    func encode(_ value: UInt32) { output.write(value) }
    func encode(_ value: UInt64) { output.write(value) }
    func encode<T: Encodable>(_ value: T) throws { try output.write(whole: value) }
  }
}
