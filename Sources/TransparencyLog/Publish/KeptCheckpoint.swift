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
}
