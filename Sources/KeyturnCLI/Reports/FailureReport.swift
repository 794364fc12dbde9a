internal import RotationCore

/// A failure that no rotation's document goes along with: `keyturn.error/v1`.
struct FailureReport: Sendable {
  var failure: Failure
  var findings: [RunbookFinding] = []
  var verdicts: [RecordedVerdict] = []

  init(_ failure: Failure, findings: [RunbookFinding] = [], verdicts: [RecordedVerdict] = []) {
    self.failure = failure
    self.findings = findings
    self.verdicts = verdicts
  }

  var json: JSONValue {
    var members: [String: JSONValue] = ["schema": "keyturn.error/v1", "failure": failure.json]
    if !findings.isEmpty {
      members["findings"] = .array(
        findings.map {
          ["line": .integer(Int64($0.line)), "column": .integer(Int64($0.column)), "message": .string($0.message)]
        })
    }
    if !verdicts.isEmpty { members["verdicts"] = .array(verdicts.map { StandingVerdict($0).json }) }
    return .object(members)
  }
}
