package import struct Foundation.Date

/// A guard's answer: whether its claim holds, why, and, where it does not, what would make it hold.
package struct Verdict: Sendable, Hashable {
  package enum Blocker: Sendable, Hashable {
    /// Nothing but another decision helps.
    case refusal
    /// Holds by itself from then on.
    case time(Date)
    /// Somebody has to do something; the reason says who and what.
    case person
    /// Could not be told, since a neighbour did not answer.
    case neighbour
    /// Somebody else changed the world.
    case conflict(Conflict)
  }

  package let holds: Bool
  package let reason: String
  package let blocker: Blocker?

  package static func yes(_ reason: String) -> Verdict { Verdict(holds: true, reason: reason, blocker: nil) }
  package static func no(_ reason: String, _ blocker: Blocker = .refusal) -> Verdict {
    Verdict(holds: false, reason: reason, blocker: blocker)
  }
}

extension [RecordedVerdict] {
  /// As a log entry holds them; the hour is the entry's own.
  var leaf: JSONValue {
    .array(map { ["guard": .string($0.guardName), "holds": .bool($0.holds), "reason": .string($0.reason)] })
  }
}
