/// The text so far, and the brackets that are still open.
final class DocumentOutput {
  enum Bracket { case object, array }

  @exclusivity(unchecked) private(set) var bytes: [UInt8] = []
  @exclusivity(unchecked) private var closers: [UInt8] = []

  @exclusivity(unchecked) private(set) var parts: DocumentParts?

  init(keeping parts: DocumentParts? = nil) {
    self.parts = parts
    bytes.reserveCapacity(8192)
  }

  /// A whole value at this place.
  func write<T: Encodable>(whole value: T) throws {
    guard parts != nil, let part = DocumentParts.Part(value) else { return try writeAfresh(value) }
    if let text = parts?[part] {
      bytes += text
    } else {
      let start = bytes.count
      try writeAfresh(value)
      parts?.keep(Array(bytes[start...]), of: part)
    }
  }

  private func writeAfresh(_ value: some Encodable) throws {
    let depth = closers.count
    try value.encode(to: DocumentWriter(output: self))
    close(downTo: depth)
  }

  /// Opens a container and answers its depth; what is written at a smaller depth closes it.
  func open(_ bracket: Bracket) -> Int {
    switch bracket {
    case .object:
      bytes.append(UInt8(ascii: "{"))
      closers.append(UInt8(ascii: "}"))
    case .array:
      bytes.append(UInt8(ascii: "["))
      closers.append(UInt8(ascii: "]"))
    }
    return closers.count
  }

  func close(downTo depth: Int) {
    while closers.count > depth { bytes.append(closers.removeLast()) }
  }

  /// Gets ready for the next element of the container at `depth`.
  func next(at depth: Int) {
    close(downTo: depth)
    guard let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
    bytes.append(UInt8(ascii: ","))
  }

  func next(_ key: String, at depth: Int) {
    next(at: depth)
    write(key)
    bytes.append(UInt8(ascii: ":"))
  }

  func write(literal: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  func write(_ value: Bool) { write(literal: value ? "true" : "false") }

  func write(_ value: some BinaryInteger) { bytes.append(contentsOf: String(value).utf8) }

  func write(_ value: Double, at path: [any CodingKey]) throws {
    guard value.isFinite else {
      throw EncodingError.invalidValue(value, .init(codingPath: path, debugDescription: "JSON has no such number"))
    }
    bytes.append(contentsOf: value.description.utf8)
  }

  /// A string with the escapes that RFC 8259 section 7 demands, and no others.
  func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      if utf8.contains(where: Self.isEscaped) { writeEscaped(utf8) } else { bytes.append(contentsOf: utf8) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private func writeEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
    for byte in utf8 {
      guard Self.isEscaped(byte) else {
        bytes.append(byte)
        continue
      }
      if byte < 0x20 {
        write(literal: "\\u00")
        bytes.append(Self.hex[Int(byte >> 4)])
        bytes.append(Self.hex[Int(byte & 15)])
      } else {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      }
    }
  }

  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static let hex = Array("0123456789abcdef".utf8)
}
