internal import Foundation
internal import RotationCore

/// A log entry's bytes, made and measured before the transaction that appends them.
struct Leaf {
  let bytes: Data
  let rotation: String?

  /// Throws for a commit that records nothing, and for an entry that a tile could not hold.
  static func leaves(of entries: [LogEntry]) throws(Failure) -> [Leaf] {
    if entries.isEmpty { throw Failure(.internalError, "a commit without a log entry; nothing was written") }
    var leaves: [Leaf] = []
    for entry in entries {
      let bytes = entry.bytes
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
