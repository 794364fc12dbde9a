extension Schema {
  /// The signed note of the last checkpoint that was published, beside its size: what the next one must extend, whatever
  /// became of the log's folder meanwhile.
  static let schema2 = "ALTER TABLE ledger ADD COLUMN published_note BLOB"
}
