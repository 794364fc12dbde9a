/// One thing that is wrong with a log.
package struct LogDamage: Sendable, Hashable {
  /// Raw values are printed; they never change.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Other bytes than were logged.
    case changed
    /// An entry, a tile or a checkpoint that must be there is not.
    case missing
    /// An entry stands where none was logged.
    case inserted
    /// The same entries in another order.
    case reordered
    /// A history other than the one that was signed, whole in itself.
    case forked
    /// The end is gone.
    case truncated
    /// A signature does not hold, or is of another key.
    case signature
  }

  package let kind: Kind
  /// The first log entry concerned; nil where every entry is vouched for all the same.
  package let entry: Int?
  /// The file concerned, below the log's folder; nil for the store's entries.
  package let file: String?
  package let explanation: String

  package init(_ kind: Kind, entry: Int?, file: String? = nil, _ explanation: String) {
    self.kind = kind
    self.entry = entry
    self.file = file
    self.explanation = explanation
  }
}
