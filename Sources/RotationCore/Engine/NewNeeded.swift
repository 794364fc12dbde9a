package import Foundation

/// Why `rotate` opens no rotation without `--new` (contract, section 2, One open rotation): one answer for `rotate` and
/// `plan`.
package enum NewNeeded: Sendable, Hashable {
  /// The last rotation was rolled back or abandoned.
  case wentBack(Rotation)
  /// The last rotation's key is young, counted from when it alone was in use, so that a run killed right after a long
  /// overlap does not begin anew.
  case young(Rotation, since: Date, until: Date)
  /// No rotation of the client is known, and the portal's key set is younger than a key has to be.
  case youngClient(since: Date, until: Date)

  /// Nil: the live key is old enough, or nothing tells its age. `rotations` newest first; `portal`: nil where it was not
  /// read.
  package static func of(
    _ runbook: Runbook, rotations: [Rotation], portal: PortalKeySet?, now: Date
  ) -> NewNeeded? {
    let minAge = runbook.key.minAge
    guard let last = rotations.first(where: { $0.isOf(runbook) }) else {
      guard let since = portal?.createdAt, now < since + minAge else { return nil }
      return .youngClient(since: since, until: since + minAge)
    }
    switch last.phase {
    case .rolledBack, .abandoned: return .wentBack(last)
    case .retired, .completed:
      guard let since = last.retiredAt ?? last.verifiedAt, now < since + minAge else { return nil }
      return .young(last, since: since, until: since + minAge)
    case .planned, .generated, .published, .proven, .swapped, .deployed, .verified, .republishing, .restoring,
      .restored:
      return nil
    }
  }

  package var words: String {
    switch self {
    case .wentBack(let last): "the last rotation, \(last.id), ended in \(last.phase.rawValue)"
    case .young(let last, let since, let until):
      "kid \(last.incomingKid) of \(last.id) is in use alone since \(since.iso8601) and younger than key.min_age until"
        + " \(until.iso8601)"
    case .youngClient(let since, let until):
      "no rotation of this client is known, and its key set in the portal was made at \(since.iso8601): younger than"
        + " key.min_age until \(until.iso8601)"
    }
  }

  /// What `rotate` would do about it.
  var warning: String {
    switch self {
    case .wentBack: words + ": a new one needs rotate --new"
    case .young(let last, _, _): words + ": rotate answers with \(last.id) unless --new is given"
    case .youngClient: words + ": rotate refuses to open one unless --new is given"
    }
  }
}

extension Rotation {
  /// Of the runbook's client at the runbook's issuer.
  package func isOf(_ runbook: Runbook) -> Bool {
    clientID == runbook.maskinporten.clientID && issuer == runbook.maskinporten.issuer
  }
}

extension PortalKeySet {
  /// `created`: ISO 8601, or milliseconds since 1970; nil where it is neither.
  package var createdAt: Date? {
    guard let created else { return nil }
    if let milliseconds = Int64(created) { return Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }
    return (try? Date(created, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
      ?? (try? Date(created, strategy: .iso8601))
  }
}
