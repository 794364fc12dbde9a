/// What Samarbeidsportalen has on record of a client, besides its keys (docs.digdir.no, self-service API:
/// `clients/{client_id}`).
package struct ClientRegistration: Sendable, Hashable {
  package var isActive: Bool?
  package var scopes: [String]?

  package init(isActive: Bool?, scopes: [String]?) {
    self.isActive = isActive
    self.scopes = scopes
  }
}
