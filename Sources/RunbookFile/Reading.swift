internal import RotationCore

/// One decoding: where variables and relative paths come from, and everything found on the way.
final class Reading {
  let variables: [String: String]
  let folder: String
  private(set) var findings: Set<RunbookFinding> = []
  private(set) var warnings: Set<RunbookFinding> = []
  private(set) var named: Set<String> = []

  init(variables: [String: String], folder: String) {
    self.variables = variables
    self.folder = folder
  }

  func fault(_ message: String, at place: Place, unset variable: String? = nil) {
    findings.insert(
      RunbookFinding(line: place.line, column: place.column, message: message, variable: variable))
  }

  func warn(_ message: String, at place: Place) {
    warnings.insert(RunbookFinding(line: place.line, column: place.column, message: message))
  }

  /// Records that the branch `claim` ("must be text"), unless it was refused before. Answers nil, for the caller to
  /// return.
  func refuse<Value>(_ branch: Branch, _ claim: String) -> Value? {
    if case .void = branch.content { return nil }
    fault("\(branch.path.isEmpty ? "the runbook" : "`\(branch.path)`") \(claim)", at: branch.place)
    return nil
  }

  /// `written` with every `${NAME}` replaced; nil, with a finding for each, when one is malformed, unset or empty.
  func resolve(_ written: String, of branch: Branch) -> String? {
    guard let template = Template(written) else {
      return refuse(branch, "holds a `${` that is not followed by a variable's name and `}`")
    }
    named.formUnion(template.names)
    let missing = template.names.filter { variables[$0, default: ""].isEmpty }
    for name in missing {
      let state = variables[name] == nil ? "not set" : "empty"
      fault("`\(branch.path)` needs the environment variable \(name), which is \(state)", at: branch.place, unset: name)
    }
    return missing.isEmpty ? template.filled(from: variables) : nil
  }

  /// Notes the variables of a member that is not used, so that they stay out of children's environments too.
  func note(_ branch: Branch) {
    guard case .text(let written, _) = branch.content, let template = Template(written) else { return }
    named.formUnion(template.names)
  }
}
