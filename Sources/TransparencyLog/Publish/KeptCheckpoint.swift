package import Foundation

/// A signed checkpoint that was kept somewhere else than in the log's folder: the only witness that the log's own
/// machine cannot change.
package struct KeptCheckpoint: Sendable, Hashable {
  /// How messages call it: a file's name, or where it was remembered.
  package let name: String
  /// The signed note, byte for byte.
  package let note: Data

  package init(name: String, note: Data) {
    self.name = name
    self.note = note
  }

  /// The checkpoint of the log `origin` as a file has it that may have been mailed: other lines around it, CR LF, no end
  /// of the last line. What holds none is taken as it is, and will not verify.
  package init(name: String, in text: Data, of origin: String) {
    self.name = name
    let lines = String(decoding: text, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    )
    .map(String.init)
    guard let first = lines.firstIndex(of: origin),
      let last = lines[first...].lastIndex(where: { $0.hasPrefix("\(SignedNote.dash)\(origin) ") })
    else {
      note = text
      return
    }
    note = Data((lines[first...last].joined(separator: "\n") + "\n").utf8)
  }
}
