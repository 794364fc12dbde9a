package import Foundation

/// What publishing did.
package struct Publication: Sendable, Hashable {
  /// The checkpoint that now stands.
  package let checkpoint: Checkpoint
  /// Its signed note, as it stands in the folder.
  package let note: Data
  /// Whether it was signed just now.
  package let isNew: Bool
  /// Files that stood there and were not what the signed entries give; rewritten. Worth telling the operator.
  package let repaired: [String]
}
