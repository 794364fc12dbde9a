/// What `keyturn rehearse` can play. Raw values are what the operator types.
enum RehearsalScenario: String, Sendable, Hashable, CaseIterable {
  case happy
  case slowPropagation = "slow-propagation"
  case failedCutover = "failed-cutover"
  case crash
  case fullPortal = "full-portal"
  case manualPortal = "manual-portal"
  case emergency

  /// Played where the operator names none.
  static let standard: [RehearsalScenario] = [.happy, .failedCutover]

  var summary: String {
    switch self {
    case .happy: "a whole rotation: 24 hours of overlap, 30 days of quarantine, the outgoing key destroyed"
    case .slowPropagation: "token servers that learn of each change one to four minutes late and disagree meanwhile"
    case .failedCutover: "the app does not come up with the incoming key, and everything goes back by itself"
    case .crash: "killed before and after every record and every outside write, and run again each time"
    case .fullPortal: "the portal lists five keys already: refused, and nothing is changed"
    case .manualPortal: "no self-service API: an operator adds and removes the keys by hand and attests it"
    case .emergency: "the outgoing key is tainted: replaced, removed and destroyed without overlap or quarantine"
    }
  }
}
