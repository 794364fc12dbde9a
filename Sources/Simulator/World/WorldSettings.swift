/// What Digdir's documents leave open, and what a test wants different: the simulator's knobs. The defaults are the
/// documented values.
package struct WorldSettings: Sendable, Hashable {
  package enum NodeChoice: Sendable, Hashable { case inTurn, random }
  package enum TraceForm: Sendable, Hashable { case traceID, correlationID }

  /// Chance for delays, nodes and trace ids.
  package var seed: UInt64 = 1
  /// Token servers behind the one address; each learns of a change after its own delay, so they disagree for a while.
  package var nodes = 3
  package var nodeChoice = NodeChoice.inTurn
  /// From the portal's database until a node accepts a new or changed key (documented: 0 to 2 minutes).
  package var publicationDelay: ClosedRange<Duration> = .zero ... .seconds(120)
  /// Until a node refuses a removed key (nothing is documented).
  package var removalDelay: ClosedRange<Duration> = .zero ... .seconds(120)
  /// Largest `exp - iat` of a grant in seconds: 120 as documented, 180 as the server's source was reported to say.
  package var lifetimeLimit = 120
  /// How far a grant's times may be off, in seconds.
  package var skew = 10
  /// Status for a grant that was not accepted: 400 in every real sample, 401 in the seed's guides.
  package var refusalStatus = 400
  /// Status for MP-250 (`forbidden`).
  package var forbiddenStatus = 403
  package var traceForm = TraceForm.traceID
  /// Whether errors with a published MP code carry `error_uri`.
  package var namesErrorURI = true
  /// Status for a key set that was posted; others than 201 are on record.
  package var postStatus = 201
  /// Life of a key that was posted without `exp`, and the longest for one with it.
  package var keyLife: Duration = .seconds(365 * 86_400)
  /// Scopes of which one is needed to read and to change a key set.
  package var readScopes: Set = ["idporten:dcr.read", "idporten:dcr.write", "idporten:dcr.modify"]
  package var writeScopes: Set = ["idporten:dcr.write", "idporten:dcr.modify"]
  /// Whether another client's kid may not be used again.
  package var kidsAreGlobal = false
  /// How far Maskinporten's clock is ahead of ours: in the `Date` header and in every check.
  package var clockOffset: Duration = .zero
  /// Behind the base URL in the issuer (`tenant/`), for an issuer with a path (RFC 8414 section 3.1).
  package var issuerPath = ""

  package init() {}

  /// No propagation delay: a change holds everywhere at once.
  package static var immediate: WorldSettings {
    var settings = WorldSettings()
    settings.publicationDelay = .zero ... .zero
    settings.removalDelay = .zero ... .zero
    return settings
  }
}
