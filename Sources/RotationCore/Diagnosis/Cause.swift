/// What explains a failure, and what to do about it.
package struct Cause: Sendable, Hashable {
  /// Stable and in kebab case: `kid-not-propagated`. Of the environment: `MASKINPORTEN_KID-missing`, and for a private
  /// key the PEM shape's name, `MASKINPORTEN_PRIVATE_KEY-literal-newlines`.
  package let id: String
  /// A sentence without its full stop.
  package let summary: String
  /// Steps, the first of them the next to take.
  package let fix: [String]

  package init(_ id: String, _ summary: String, _ fix: String...) {
    self.id = id
    self.summary = summary
    self.fix = fix
  }

  private init(id: String, summary: String, fix: [String]) {
    self.id = id
    self.summary = summary
    self.fix = fix
  }

  /// The same cause, with more to say of it.
  func adding(_ words: String) -> Cause { Cause(id: id, summary: "\(summary); \(words)", fix: fix) }

  package init(_ flaw: HiddenFlaw) {
    id = "\(flaw.field.rawValue)-\(flaw.kind.rawValue)"
    summary = flaw.summary
    fix = [
      flaw.kind == .letterCase
        ? "\(flaw.field.rawValue): \(flaw.field.remedy)"
        : "\(flaw.field.rawValue): set it to its text alone, without quotes, blanks or line breaks around it",
      "redeploy, then keyturn readiness",
    ]
  }

  package init(_ finding: LiveFinding) {
    let slug =
      switch finding.reason {
      case .missing: "missing"
      case .notHTTPS: "not-https"
      case .tooShort: "too-short"
      case .mockInProduction: "mock-in-production"
      case .unusableKey: finding.shape ?? "unusable"
      }
    id = "\(finding.field.rawValue)-\(slug)"
    summary =
      "\(finding.field.rawValue) \(finding.reason == .missing ? "is" : "is wrong:") \(finding.reason.rawValue)"
      + (finding.detail.map { " (\($0))" } ?? "")
    fix = ["\(finding.field.rawValue): \(finding.remedy)", "redeploy, then keyturn readiness"]
  }
}
