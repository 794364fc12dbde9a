/// One fault of a runbook, at the place where it stands.
package struct RunbookFinding: Sendable, Hashable, Comparable {
  /// From 1.
  package var line: Int
  /// From 1.
  package var column: Int
  package var message: String
  /// The environment variable that is to be set, where nothing is wrong with the file.
  package var variable: String?

  package init(line: Int, column: Int, message: String, variable: String? = nil) {
    self.line = line
    self.column = column
    self.message = message
    self.variable = variable
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.line, left.column, left.message) < (right.line, right.column, right.message)
  }
}

/// Every finding of one runbook; at least one.
package struct RunbookRejected: Error, Hashable {
  package var findings: [RunbookFinding]
  package init(findings: [RunbookFinding]) { self.findings = findings.sorted() }
}
