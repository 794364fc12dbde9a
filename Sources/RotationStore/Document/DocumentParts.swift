internal import RotationCore

/// The texts of a rotation's large parts. Most of a rotation is as it was at its last commit, so these are written
/// again and not encoded anew.
struct DocumentParts: Sendable {
  private var texts: [Part: [UInt8]] = [:]
  /// More than one rotation's parts; a run that meets more starts anew.
  private static let limit = 64

  enum Part: Hashable, Sendable {
    case key(KeyReference)
    case seen(LastSeen)
    case timing(Runbook.Timing)
    case grant(TokenGrant)
    case verdict(RecordedVerdict)

    /// Nil for all else. Types are compared first: a cast that fails costs more than the text.
    init?<T>(_ value: T) {
      if T.self == KeyReference.self, let value = value as? KeyReference {
        self = .key(value)
      } else if T.self == LastSeen.self, let value = value as? LastSeen {
        self = .seen(value)
      } else if T.self == Runbook.Timing.self, let value = value as? Runbook.Timing {
        self = .timing(value)
      } else if T.self == TokenGrant.self, let value = value as? TokenGrant {
        self = .grant(value)
      } else if T.self == RecordedVerdict.self, let value = value as? RecordedVerdict {
        self = .verdict(value)
      } else {
        return nil
      }
    }
  }

  subscript(part: Part) -> [UInt8]? {
    get { texts[part] }
    set {
      if texts.count >= Self.limit { texts.removeAll(keepingCapacity: true) }
      texts[part] = newValue
    }
  }
}
