internal import Foundation
internal import RotationCore

/// The texts of a rotation's large parts. Most of a rotation is as it was at its last commit, so these are written
/// again and not encoded anew. Parts are told by `==`, which costs next to nothing between copies of one value.
struct DocumentParts: Sendable {
  private var texts: [(part: Part, text: [UInt8])] = []
  /// More than one rotation's parts; beyond it the oldest goes.
  private static let limit = 32

  enum Part: Equatable, Sendable {
    case key(KeyReference)
    case seen(LastSeen)
    case timing(Runbook.Timing)
    case verdicts([RecordedVerdict])
    case grants([KeyID: TokenGrant])
    case times([KeyID: Date])
    case digests([String: String])

    /// Nil for all else. Types are compared first: a cast that fails costs more than the text.
    init?<T>(_ value: T) {
      if T.self == KeyReference.self, let value = value as? KeyReference {
        self = .key(value)
      } else if T.self == LastSeen.self, let value = value as? LastSeen {
        self = .seen(value)
      } else if T.self == Runbook.Timing.self, let value = value as? Runbook.Timing {
        self = .timing(value)
      } else if T.self == [RecordedVerdict].self, let value = value as? [RecordedVerdict] {
        self = .verdicts(value)
      } else if T.self == [KeyID: TokenGrant].self, let value = value as? [KeyID: TokenGrant] {
        self = .grants(value)
      } else if T.self == [KeyID: Date].self, let value = value as? [KeyID: Date] {
        self = .times(value)
      } else if T.self == [String: String].self, let value = value as? [String: String] {
        self = .digests(value)
      } else {
        return nil
      }
    }
  }

  subscript(part: Part) -> [UInt8]? { texts.first { $0.part == part }?.text }

  mutating func keep(_ text: [UInt8], of part: Part) {
    if texts.count >= Self.limit { texts.removeFirst() }
    texts.append((part, text))
  }
}
