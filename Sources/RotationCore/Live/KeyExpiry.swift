package import Foundation

/// How long one of a client's keys lives on, and when a rotation away from it must begin at the latest.
package struct KeyExpiry: Sendable, Hashable {
  package enum Standing: String, Sendable, Hashable, CaseIterable {
    case far
    /// Within the warning time, or past the latest safe start.
    case near
    case expired
    /// The portal does not say: it may end at any hour, a year after it was posted at the latest.
    case unknown
  }

  package let kid: KeyID
  /// When Maskinporten stops accepting the key (MP-121 from then on).
  package let expires: Date?
  /// Whole days, rounded down; negative once expired.
  package let daysLeft: Int?
  /// The last hour at which a rotation can begin and still end its overlap before the key does; nil where the expiry is
  /// unknown or no maintenance window opens in time.
  package let latestSafeStart: Date?
  package let standing: Standing

  /// Counts back from the expiry: the overlap, the verification's budget, the swap at the latest moment of a
  /// maintenance window that leaves room for it, and the propagation before it.
  package init(
    of key: PortalKey, timing: Runbook.Timing, verification: Runbook.Verification, window: MaintenanceWindow?,
    at now: Date
  ) {
    kid = key.kid
    expires = key.expires
    guard let expires = key.expires else {
      (daysLeft, latestSafeStart, standing) = (nil, nil, .unknown)
      return
    }
    let left = expires.timeIntervalSince(now)
    daysLeft = Int((left / 86_400).rounded(.down))
    let latestSwap = expires - timing.overlap - verification.budget
    let swap = window.map { $0.latestMoment(before: latestSwap, leaving: verification.budget) } ?? latestSwap
    let proof = verification.interval * max(0, verification.successes - 1)
    let start = swap.map { $0 - timing.propagation - proof }
    latestSafeStart = start
    standing =
      left <= 0
      ? .expired : left <= timing.expiryWarning.inSeconds || (start.map { $0 <= now } ?? true) ? .near : .far
  }

  /// What an operator must hear of it; nil where all is well.
  package var finding: String? {
    switch standing {
    case .far: nil
    case .near:
      "key \(kid) expires at \(expires?.iso8601 ?? "?"); "
        + (latestSafeStart.map { "begin its rotation by \($0.iso8601)" } ?? "no maintenance window opens in time")
    case .expired: "key \(kid) expired at \(expires?.iso8601 ?? "?"); Maskinporten refuses it (MP-121)"
    case .unknown: "the portal does not say when key \(kid) expires; a key lives a year from its upload at most"
    }
  }

  /// `{"kid","expires","days_left","latest_safe_start","standing","finding"}`, null where unknown.
  package var json: JSONValue {
    func text(_ date: Date?) -> JSONValue { date.map { .string($0.iso8601) } ?? .null }
    return [
      "kid": .string(kid.rawValue), "expires": text(expires),
      "days_left": daysLeft.map { .integer(Int64($0)) } ?? .null, "latest_safe_start": text(latestSafeStart),
      "standing": .string(standing.rawValue), "finding": finding.map(JSONValue.string) ?? .null,
    ]
  }
}
