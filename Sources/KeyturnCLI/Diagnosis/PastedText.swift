internal import Foundation
internal import RotationCore

/// What an operator hands over to be explained: the end of it where it is long, since a log's end says most. UTF-8, or
/// UTF-16 with its byte order mark, as PowerShell's `>` writes it.
struct PastedText {
  /// Bytes of the end that are kept; a Sentry event has no more.
  static let limit = 1 << 20

  let text: String
  /// Bytes before those that were kept.
  let omitted: Int

  /// `-` is standard input. Throws `inputInvalid` where there is nothing to read.
  init(_ path: String, _ configuration: Configuration) throws(Failure) {
    func unusable(_ reason: String) -> Failure {
      Failure(
        .inputInvalid, "\(path == "-" ? "standard input" : path) \(reason); nothing was changed",
        remedy: ["name a file that this user can read, or - for standard input"])
    }
    let file = try InputFile(path, configuration, refusal: unusable)
    var (mark, kept, count) = ([UInt8](), [UInt8](), 0)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let read = try chunk.withUnsafeMutableBytes { file.read(into: $0) }.get()
      if read == 0 { break }
      if count == 0 { mark = Array(chunk.prefix(min(read, 2))) }
      count += read
      kept += chunk.prefix(read)
      if kept.count > 2 * Self.limit { kept.removeFirst(kept.count - Self.limit) }
    }
    guard count > 0 else { throw unusable("is empty") }
    // The cut falls between two units of UTF-16.
    let wide = Self.isBigEndian(mark) != nil
    kept = Array(kept.suffix(Self.limit - (wide ? count % 2 : 0)))
    omitted = count - kept.count
    text = Self.decode(kept, mark)
  }

  static func decode(_ bytes: [UInt8], _ mark: [UInt8]) -> String {
    guard let isBigEndian = isBigEndian(mark) else {
      return String(decoding: bytes, as: UTF8.self).trimmingPrefix("\u{FEFF}").description
    }
    let units = stride(from: 0, to: bytes.count - 1, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    return String(decoding: units, as: UTF16.self).trimmingPrefix("\u{FEFF}").description
  }

  private static func isBigEndian(_ mark: [UInt8]) -> Bool? {
    switch mark {
    case [0xFE, 0xFF]: true
    case [0xFF, 0xFE]: false
    default: nil
    }
  }
}
