/// A claim that must hold before a step, named as the claim. Pure: the same facts always give the same verdict.
package struct Guard<Input: Sendable>: Sendable {
  package let name: String
  /// What the gatherer must look at first; nothing for a guard over time and the ledger alone.
  package let needs: FactNeeds
  private let claim: @Sendable (Input) -> Verdict

  package init(_ name: String, needs: FactNeeds = [], claim: @escaping @Sendable (Input) -> Verdict) {
    self.name = name
    self.needs = needs
    self.claim = claim
  }

  package func callAsFunction(_ facts: Input) -> Verdict { claim(facts) }
}

extension Guard where Input == Facts {
  /// The verdict with its hour, for the record.
  package func recorded(_ facts: Facts) -> RecordedVerdict {
    let verdict = self(facts)
    return RecordedVerdict(guardName: name, holds: verdict.holds, reason: verdict.reason, readAt: facts.now)
  }
}

/// The neighbours that have to be looked at.
package struct FactNeeds: OptionSet, Sendable, Hashable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }
  package static let portal = Self(rawValue: 1)
  package static let targets = Self(rawValue: 2)
  package static let beacons = Self(rawValue: 4)
  /// One token attempt with the outgoing key.
  package static let outgoingToken = Self(rawValue: 8)
  /// One token attempt with the incoming key.
  package static let incomingToken = Self(rawValue: 16)
}
