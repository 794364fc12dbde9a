/// One fault of a runbook, at the place where it stands.
package struct RunbookFinding: Sendable, Hashable, Comparable {
  /// From 1.
  package var line: Int
  /// From 1.
  package var column: Int
  package var message: String

  package init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
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
