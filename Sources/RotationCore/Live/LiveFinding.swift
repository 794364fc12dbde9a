/// One thing that keeps the live integration from working. `field` and `reason` are what the readiness route says;
/// the rest is for the operator alone.
package struct LiveFinding: Error, Sendable, Hashable {
  /// The contract's reasons, and no other.
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    case missing
    case notHTTPS = "must be an https URL"
    case tooShort = "must be at least 32 characters"
    case mockInProduction = "must be \"live\" in production"
    case unusableKey = "invalid or unusable for JWT signing"
  }

  package var field: LiveVariable
  package var reason: Reason
  /// What exactly is wrong, as a sentence without its full stop, and never a byte of the value.
  package var detail: String?
  /// Of a private key: the name of its wrong PEM shape.
  package var shape: String?
  package var remedy: String

  package init(
    _ field: LiveVariable, _ reason: Reason, detail: String? = nil, shape: String? = nil, remedy: String? = nil
  ) {
    self.field = field
    self.reason = reason
    self.detail = detail
    self.shape = shape
    self.remedy = remedy ?? field.remedy
  }

  /// `{"field","reason"}`.
  package var json: JSONValue { ["field": .string(field.rawValue), "reason": .string(reason.rawValue)] }
}

/// Every finding of one look at the environment; never empty.
package struct LiveFindings: Error, Sendable, Hashable { package var all: [LiveFinding] }
