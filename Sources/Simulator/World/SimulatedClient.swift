package import Foundation
package import RotationCore

/// A client as it is registered when the world begins. The admin client is one with `idporten:dcr.*` scopes.
package struct SimulatedClient: Sendable {
  package var id: ClientID
  package var name: String
  /// Organisation number; an admin client reaches the clients of its own organisation only.
  package var organisation: String
  package var scopes: [String]
  /// Scopes that a provider took back from the consumer (MP-250).
  package var withdrawnScopes: Set<String> = []
  /// `expires_in` of its tokens, in seconds.
  package var tokenLifetime: Int
  package var isActive = true
  /// `created` and the first `last_updated`; nil: when the world begins.
  package var registered: Date?
  /// Registered and known to every node from the beginning.
  package var keys: [PortalKey]

  package init(
    id: ClientID, name: String = "rehearsal", organisation: String = "991825827", scopes: [String],
    tokenLifetime: Int = 120, keys: [PortalKey] = []
  ) {
    self.id = id
    self.name = name
    self.organisation = organisation
    self.scopes = scopes
    self.tokenLifetime = tokenLifetime
    self.keys = keys
  }
}

/// A client with what happened to its key set.
struct ClientRecord {
  var client: SimulatedClient
  let created: Date
  var lastUpdated: Date
  private(set) var keys: KeyHistory

  init(_ client: SimulatedClient, at now: Date) {
    self.client = client
    created = client.registered ?? now
    lastUpdated = created
    keys = KeyHistory(initial: client.keys)
  }

  /// The portal's set from now on. `lastUpdated` always moves on, however still the clock stands.
  mutating func replaceKeys(with set: [PortalKey], at now: Date, arriving arrivals: [KeyHistory.Arrival]) {
    lastUpdated = max(now, lastUpdated + .milliseconds(1))
    keys.append(set, arriving: arrivals)
  }
}
