package import RotationCore

/// What verification found, everything recomputed.
package struct LogReport: Sendable, Hashable {
  package static let schema = "keyturn.audit/v1"

  /// Entries that the source says it holds.
  package let entries: Int
  /// The root over all of them, up to the first that is missing.
  package let root: TreeHash
  /// The published checkpoint, when its signature holds.
  package let checkpoint: Checkpoint?
  /// Entries that no published checkpoint covers yet.
  package let beyondCheckpoint: Int
  /// The source's entries that a signed checkpoint vouches for, from 0. Those beyond the last checkpoint are not in it.
  package let trusted: Range<Int>
  /// Worst first: what concerns the earliest entry, the store before its files.
  package private(set) var damages: [LogDamage]

  package var isVerified: Bool { damages.isEmpty }

  /// Every entry that was signed is as it was signed, and only files that follow from the entries are not.
  package var isOnlyInFiles: Bool {
    trusted.upperBound > 0 && damages.allSatisfy { $0.file != nil && $0.kind != .truncated }
  }

  /// The log holds; a checkpoint that was kept elsewhere is not one of its.
  package var isOnlyInKept: Bool { damages.allSatisfy { $0.kind == .signature && $0.file == nil } }

  /// The first entry that cannot be vouched for as it was read, in the store or in a file; nil where no entry is in doubt.
  package var firstBad: Int? { damages.compactMap(\.entry).min() }

  /// Adds what was found by another way than hashing, after what concerns the same entry.
  package mutating func add(_ damage: LogDamage) {
    let place = damages.firstIndex { $0.entry ?? .max > damage.entry ?? .max } ?? damages.endIndex
    damages.insert(damage, at: place)
  }

  /// Section 7 of the contract, with what was found beside it.
  package var json: JSONValue {
    [
      "schema": .string(Self.schema), "entries": .integer(Int64(entries)), "root": .string(root.base64),
      "verified": .bool(isVerified), "first_bad": firstBad.map { .integer(Int64($0)) } ?? .null,
      "beyond_checkpoint": .integer(Int64(beyondCheckpoint)), "trusted": .integer(Int64(trusted.upperBound)),
      "checkpoint": checkpoint.map { ["size": .integer(Int64($0.size)), "root": .string($0.root.base64)] } ?? .null,
      "damages": .array(damages.map(\.json)),
    ]
  }
}

extension LogDamage {
  fileprivate var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "entry": entry.map { .integer(Int64($0)) } ?? .null,
      "file": file.map { .string($0) } ?? .null,
      "explanation": .string(explanation),
    ]
  }
}
