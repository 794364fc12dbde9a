/// Where something stands in the file. Both count from 1; a column is a Unicode scalar, as YAML's own errors count.
struct Place: Hashable, Sendable {
  let line: Int
  let column: Int

  static let start = Place(line: 1, column: 1)
}
