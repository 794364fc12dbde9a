/// What an export holds.
package struct LogExport: Sendable, Hashable {
  /// The signed head that the export is verified against.
  package let checkpoint: Checkpoint
  /// Entries that it does not cover; they are in the export, unsigned, in a file of their own.
  package let beyondCheckpoint: Int
}
