/// One claim about a target, and what the bench saw of it.
package struct ConformanceFinding: Sendable, Hashable {
  package enum Result: Sendable, Hashable {
    case holds
    /// What was seen instead.
    case broken(String)
    /// Why the bench could not see it.
    case notSeen(String)
  }

  package let claim: String
  package let result: Result

  package init(_ claim: String, _ result: Result) {
    self.claim = claim
    self.result = result
  }

  package var isBroken: Bool { if case .broken = result { true } else { false } }

  /// What to do about a claim that is broken, for whoever writes the target.
  package var advice: String? { TargetConformance.advice.first { claim.hasPrefix($0.claim) }?.words }
}

/// Ends one claim's trial early; what it says becomes the finding.
enum Verdictless: Error {
  case broken(String)
  case notSeen(String)
}
