/// One assignment of an environment file, as ranges of its bytes.
struct DotenvAssignment: Equatable {
  enum Quoting: Equatable { case bare, single, double, backtick }

  let name: String
  let quoting: Quoting
  /// The value as written, quotes included. What stands before (`export`, blanks) and behind (a comment) is not in it.
  let literal: Range<Int>
  /// The value between its quotes.
  let content: Range<Int>
  /// From 1; for messages.
  let line: Int
}

/// The grammar that dotenv, python-dotenv, Node's `--env-file`, a POSIX shell and systemd share: `NAME=value` lines,
/// comments, an `export` in front, values in quotes that may span lines, LF or CRLF, a BOM. Where they differ:
/// - in double quotes `\n`, `\r`, `\t`, `\"`, `\\`, `\$` and an escaped backtick are escapes (dotenv, python-dotenv); other
///   backslashes stay;
/// - in single quotes and backticks nothing is;
/// - a backslash before a quote keeps the value open, unless only closing there makes sense (dotenv's backtracking);
/// - an unquoted value ends before a blank with `#`;
/// - a closing quote with anything but a comment behind it closes nothing, and the line is an unquoted value.
/// Lines that are no assignment are passed over.
enum DotenvGrammar {
  static func assignments(in bytes: UnsafeRawBufferPointer) -> [DotenvAssignment] {
    var scanner = Scanner(bytes: bytes)
    return scanner.run()
  }

  /// Hands each byte of the assignment's value to `emit`, escapes resolved.
  static func decode(
    _ assignment: DotenvAssignment, in bytes: UnsafeRawBufferPointer, emit: (UInt8) -> Void
  ) {
    var index = assignment.content.lowerBound
    while index < assignment.content.upperBound {
      let byte = bytes[index]
      let next = index + 1 < assignment.content.upperBound ? bytes[index + 1] : nil
      if assignment.quoting == .double, byte == Byte.backslash, let next, let meant = escapes[next] {
        emit(meant)
        index += 2
      } else {
        emit(byte)
        index += 1
      }
    }
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): Byte.lineFeed, UInt8(ascii: "r"): Byte.carriageReturn, UInt8(ascii: "t"): Byte.tab,
    Byte.doubleQuote: Byte.doubleQuote, Byte.backslash: Byte.backslash, UInt8(ascii: "$"): UInt8(ascii: "$"),
    Byte.backtick: Byte.backtick,
  ]

  enum Byte {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let doubleQuote = UInt8(ascii: "\"")
    static let singleQuote = UInt8(ascii: "'")
    static let backtick = UInt8(ascii: "`")
    static let backslash = UInt8(ascii: "\\")
    static let hash = UInt8(ascii: "#")
    static let equals = UInt8(ascii: "=")
  }

  private struct Scanner {
    let bytes: UnsafeRawBufferPointer
    var index = 0
    var line = 1

    mutating func run() -> [DotenvAssignment] {
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
      var found: [DotenvAssignment] = []
      while index < bytes.count {
        let start = index
        if let assignment = assignment() {
          found.append(assignment)
          index = assignment.literal.upperBound
        }
        index = endOfLine(from: index)
        line += bytes[start..<index].count { $0 == Byte.lineFeed }
      }
      return found
    }

    private mutating func assignment() -> DotenvAssignment? {
      skipBlanks()
      if let afterExport = position(after: "export"), afterExport < bytes.count, isBlank(bytes[afterExport]) {
        index = afterExport
        skipBlanks()
      }
      let nameStart = index
      while index < bytes.count, isNameByte(bytes[index], first: index == nameStart) { index += 1 }
      guard index > nameStart else { return nil }
      let name = String(decoding: bytes[nameStart..<index], as: UTF8.self)
      skipBlanks()
      guard index < bytes.count, bytes[index] == Byte.equals else { return nil }
      index += 1
      skipBlanks()
      let value = quoted() ?? bare()
      return DotenvAssignment(
        name: name, quoting: value.quoting, literal: value.literal, content: value.content, line: line)
    }

    private typealias Value = (quoting: DotenvAssignment.Quoting, literal: Range<Int>, content: Range<Int>)

    private func quoted() -> Value? {
      guard index < bytes.count, let quoting = quoting(of: bytes[index]) else { return nil }
      let quote = bytes[index]
      var fallback: Int?
      var at = index + 1
      while at < bytes.count {
        if bytes[at] == quote {
          if bytes[at - 1] == Byte.backslash, at - 1 > index {
            if endsValue(at + 1) { fallback = at }
          } else {
            guard endsValue(at + 1) else { break }
            return (quoting, index..<at + 1, index + 1..<at)
          }
        }
        at += 1
      }
      return fallback.map { (quoting, index..<$0 + 1, index + 1..<$0) }
    }

    private func bare() -> Value {
      var end = index
      while end < bytes.count, bytes[end] != Byte.lineFeed {
        if bytes[end] == Byte.hash, end == index || isBlank(bytes[end - 1]) { break }
        end += 1
      }
      while end > index, isBlank(bytes[end - 1]) || bytes[end - 1] == Byte.carriageReturn { end -= 1 }
      return (.bare, index..<end, index..<end)
    }

    /// Whether only blanks and a comment stand between here and the end of the line.
    private func endsValue(_ start: Int) -> Bool {
      var at = start
      while at < bytes.count, isBlank(bytes[at]) { at += 1 }
      guard at < bytes.count else { return true }
      return bytes[at] == Byte.hash || bytes[at] == Byte.lineFeed || bytes[at] == Byte.carriageReturn
    }

    private func quoting(of byte: UInt8) -> DotenvAssignment.Quoting? {
      switch byte {
      case Byte.singleQuote: .single
      case Byte.doubleQuote: .double
      case Byte.backtick: .backtick
      default: nil
      }
    }

    private mutating func skipBlanks() { while index < bytes.count, isBlank(bytes[index]) { index += 1 } }

    private func isBlank(_ byte: UInt8) -> Bool { byte == Byte.space || byte == Byte.tab }

    private func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"): !first
      default: false
      }
    }

    private func position(after word: StaticString) -> Int? {
      let end = index + word.utf8CodeUnitCount
      guard end <= bytes.count else { return nil }
      return word.withUTF8Buffer { bytes[index..<end].elementsEqual($0) } ? end : nil
    }

    /// Behind the line feed that ends the line at `start`.
    private func endOfLine(from start: Int) -> Int {
      var at = start
      while at < bytes.count, bytes[at] != Byte.lineFeed { at += 1 }
      return min(at + 1, bytes.count)
    }
  }
}
