internal import Foundation
internal import Primitives
internal import RotationCore

/// A log entry's bytes, made and measured before the transaction that appends them.
struct Leaf {
  let bytes: Data
  let rotation: String?

  /// `document`: the rotation as it is stored with these entries; the last of them that is the rotation's carries its
  /// digest. Throws for a commit that records nothing, for a rotation that changes without an entry of its own, and for
  /// an entry that a tile could not hold.
  static func leaves(of entries: [LogEntry], storing document: (of: RotationID, text: [UInt8])? = nil) throws(Failure)
    -> [Leaf]
  {
    if entries.isEmpty { throw Failure(.internalError, "a commit without a log entry; nothing was written") }
    let bearer = document.map { document in
      entries.lastIndex { $0.value["rotation"]?.string == document.of.rawValue }
    }
    if case .some(.none) = bearer {
      throw Failure(.internalError, "a rotation was to change without a log entry of its own; nothing was written")
    }
    var leaves: [Leaf] = []
    for (index, entry) in entries.enumerated() {
      var value = entry.value
      if index == bearer ?? nil, let document, case .object(var members) = value {
        members[LogEntry.rotationDigest] = .string(SHA256Digest(of: document.text).label)
        value = .object(members)
      }
      let bytes = value.canonical
      guard bytes.count < LogEntry.sizeLimit else {
        throw Failure(
          .internalError,
          "a log entry of \(bytes.count) bytes, and \(LogEntry.sizeLimit - 1) is the most that a leaf "
            + "may have (C2SP tlog-tiles); nothing was written")
      }
      leaves.append(Leaf(bytes: bytes, rotation: entry.value["rotation"]?.string))
    }
    return leaves
  }
}
