/// The text of a PEM as the lint reads it: in place, since a copy could not be wiped.
struct PEMText {
  let bytes: UnsafeRawBufferPointer

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let begin = "-----BEGIN "
  private static let end = "-----END "

  /// The first wrong shape that fits, from the outside of the text inwards.
  var shape: PEMShape {
    let start = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    guard let first = bytes[start...].firstIndex(where: { !isBlank($0) }) else { return .empty }
    guard find(Self.begin) != nil else {
      let inner = isQuote(bytes[first]) ? first + 1 : first
      if bytes[inner...].starts(with: "LS0tLS1CRUdJTi".utf8) { return .base64OfPEM }
      if bytes[inner...].first == UInt8(ascii: "{") { return .jwk }
      return isPath(bytes[inner...]) ? .filePath : .noArmour
    }
    if isQuote(bytes[first]) { return .surroundingQuotes }
    guard let label = find("PRIVATE KEY-----"), let begin = find(Self.begin, before: label.lowerBound) else {
      return shapeWithoutPrivateKey
    }
    if find("BEGIN ENCRYPTED") != nil || find("4,ENCRYPTED") != nil { return .encrypted }
    if find("OPENSSH PRIVATE KEY-----") != nil { return .openSSH }
    if find(#"\n"#) != nil { return .literalNewlines }
    if find("%0A") != nil || find("%0a") != nil { return .percentEncoded }
    return shape(afterBegin: begin.lowerBound, body: label.upperBound)
  }

  private var shapeWithoutPrivateKey: PEMShape {
    if find("CERTIFICATE") != nil { return .certificateOnly }
    return find("PUBLIC KEY") == nil ? .otherContent : .publicKeyOnly
  }

  private func shape(afterBegin begin: Int, body start: Int) -> PEMShape {
    let end = find(Self.end, from: start)?.lowerBound
    let body = bytes[start..<(end ?? bytes.endIndex)]
    guard body.contains(where: { !isBlank($0) }) else { return end == nil ? .firstLineOnly : .damaged }
    guard end != nil else { return .truncated }
    guard body.contains(UInt8(ascii: "\n")) else {
      if body.contains(UInt8(ascii: "\r")) || find("\u{2028}") != nil { return .otherLineBreaks }
      return body.contains(where: isSpace) ? .newlinesAsSpaces : .singleLine
    }
    // From the line break that ends the BEGIN line to the one before END; that line's own indent is the last element.
    let lines = body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst()
    if lines.contains(where: { $0.first.map(isSpace) ?? false }) { return .indentedLines }
    if begin > 0, isSpace(bytes[begin - 1]) { return .leadingBlank }
    return lines.dropLast().contains { $0.allSatisfy(isBlank) } ? .blankLinesBetween : .damaged
  }

  private func find(_ text: String, from start: Int = 0) -> Range<Int>? {
    (start..<bytes.count).first { bytes[$0...].starts(with: text.utf8) }.map { $0..<($0 + text.utf8.count) }
  }

  /// The last occurrence that begins before `limit`.
  private func find(_ text: String, before limit: Int) -> Range<Int>? {
    (0..<limit).last { bytes[$0...].starts(with: text.utf8) }.map { $0..<($0 + text.utf8.count) }
  }

  /// Short, of one line, and like the name of a file: base64 has slashes too, but no such beginning or end.
  private func isPath(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    let ends = [".pem", ".key", ".p8", ".der", ".crt", ".p12"]
    let begins = ["/", "./", "../", "~/", "file:", "C:\\"]
    let line = text.prefix { !isBlank($0) && !isQuote($0) }
    return line.count < 256
      && (ends.contains { line.suffix($0.utf8.count).elementsEqual($0.utf8) }
        || begins.contains { line.starts(with: $0.utf8) })
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  private func isBlank(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
  }
}
