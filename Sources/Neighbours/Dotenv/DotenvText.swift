internal import RotationCore

/// An environment file's bytes with its assignments. A variable set more than once has the last value, as every reader
/// of such files has it; setting it changes every occurrence, so that no other order of reading finds the old one.
struct DotenvText: ~Copyable {
  let bytes: SecretBytes
  let assignments: [DotenvAssignment]

  init(_ bytes: consuming SecretBytes) {
    self.bytes = bytes
    assignments = self.bytes.withBytes { DotenvGrammar.assignments(in: $0) }
  }

  func last(_ name: String) -> DotenvAssignment? { assignments.last { $0.name == name } }

  /// The variable's value, or nil where it is not set or is empty.
  func value(of name: String) -> SecretBytes? {
    guard let assignment = last(name), !assignment.content.isEmpty else { return nil }
    var count = 0
    bytes.withBytes { DotenvGrammar.decode(assignment, in: $0) { _ in count += 1 } }
    return SecretBytes(count: count) { room in
      var at = 0
      bytes.withBytes {
        DotenvGrammar.decode(assignment, in: $0) { byte in
          room[at] = byte
          at += 1
        }
      }
    }
  }

  /// The same file with `first` and `second` set: each literal in its place, every other byte as it was. A name that is
  /// not set yet gets a line at the end.
  func setting(_ first: borrowing DotenvEntry, _ second: borrowing DotenvEntry) -> SecretBytes {
    var pieces: [Piece] = []
    var at = 0
    for assignment in assignments {
      let piece: Piece
      switch assignment.name {
      case first.name: piece = .first
      case second.name: piece = .second
      default: continue
      }
      pieces += [.old(at..<assignment.literal.lowerBound), piece]
      at = assignment.literal.upperBound
    }
    pieces.append(.old(at..<bytes.count))
    let newline: [UInt8] = usesCRLF ? [0x0D, 0x0A] : [0x0A]
    for (name, piece) in [(first.name, Piece.first), (second.name, .second)] where last(name) == nil {
      if endsOpen, !pieces.contains(where: \.isText) { pieces.append(.text(newline)) }
      pieces += [.text(Array("\(name)=".utf8)), piece, .text(newline)]
    }
    return join(pieces, first.literal, second.literal)
  }

  private enum Piece {
    case old(Range<Int>)
    case first
    case second
    case text([UInt8])

    var isText: Bool { if case .text = self { true } else { false } }
  }

  private var endsOpen: Bool { bytes.withBytes { !$0.isEmpty && $0[$0.count - 1] != 0x0A } }

  private var usesCRLF: Bool {
    bytes.withBytes { buffer in
      guard let feed = buffer.firstIndex(of: 0x0A), feed > 0 else { return false }
      return buffer[feed - 1] == 0x0D
    }
  }

  private func join(
    _ pieces: [Piece], _ first: borrowing SecretBytes, _ second: borrowing SecretBytes
  ) -> SecretBytes {
    let sizes = (first.count, second.count)
    let count = pieces.reduce(0) { sum, piece in
      switch piece {
      case .old(let range): sum + range.count
      case .first: sum + sizes.0
      case .second: sum + sizes.1
      case .text(let text): sum + text.count
      }
    }
    return SecretBytes(count: count) { room in
      var at = 0
      func put(_ part: some Collection<UInt8>) {
        for byte in part {
          room[at] = byte
          at += 1
        }
      }
      for piece in pieces {
        switch piece {
        case .old(let range): bytes.withBytes { put($0[range]) }
        case .first: first.withBytes { put($0) }
        case .second: second.withBytes { put($0) }
        case .text(let text): put(text)
        }
      }
    }
  }
}

/// A variable and the literal to write for it, quotes included.
struct DotenvEntry: ~Copyable {
  let name: String
  let literal: SecretBytes
}
