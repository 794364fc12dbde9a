import RotationCore

/// A clause that others imply wherever the explorer gets: cut alone it changes nothing, so they are cut together.
struct Implication: Sendable {
  var clause: Clause
  var by: [Clause]
  var because: String

  /// What is found where a safety rule is cut and no guard stands before it.
  var finding: String? {
    SafetyRule.allCases.firstIndex { $0.rawValue == clause.name && clause.row == Clause.rules }.map {
      "rule \($0 + 1):"
    }
  }

  private init(_ row: String, _ name: String, by: [(String, String)], because: String) {
    clause = Clause(row: row, name: name)
    self.by = by.map { Clause(row: $0.0, name: $0.1) }
    self.because = because
  }

  private static let rule = Clause.rules
  private static let replaced = "a key replaced under our kid is named by both; one that is gone is put back first"

  static let all: [Implication] = [
    Implication(
      "published.proveKey", "incomingListed", by: [("published.proveKey", "portalKeysOurs")], because: replaced),
    Implication(
      "proven.swapEnvironment", "incomingListed", by: [("proven.swapEnvironment", "portalKeysOurs")], because: replaced),
    Implication(
      "verified.retireKey", "incomingListed", by: [("verified.retireKey", "portalKeysOurs")], because: replaced),
    Implication(
      rule, "someKeyWorks",
      by: [
        (rule, "signersAreAccepted"), ("verified.retireKey", "signersOnIncoming"),
        ("verified.retireKey", "targetsHoldIncoming"),
      ],
      because: "where each signer is accepted some key works"),
    Implication(
      rule, "promisesKept", by: [("verified.retireKey", "overlapElapsed")], because: "the step's own guard"),
    Implication(
      rule, "othersUntouched", by: [("generated.publishKey", "roomInPortal")],
      because: "no sixth key is added; the edit, which refuses one first, is cut with the rule"),
    Implication(
      rule, "kidMeansOneKey", by: [("generated.publishKey", "kidMeansOneKey")], because: "the step's own guard"),
  ]

  static let byClause = Dictionary(all.map { ($0.clause, $0) }, uniquingKeysWith: { first, _ in first })
}
