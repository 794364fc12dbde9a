internal import Foundation
package import RotationCore

/// A change that somebody makes in the portal behind everybody's back. Nothing is checked: old keys without `use`,
/// more than five of them and an empty set are all on record. It reaches the token servers as any other change.
///
/// As JSON: `{"client_id", "add": [JWK], "remove": [kid], "drop_use": [kid], "expire": {kid: seconds}, "active",
/// "scopes", "withdrawn_scopes"}`, each member optional.
package struct HandEdit: Sendable, Hashable, Codable {
  /// The world's first client, where nil.
  package var client: ClientID?
  /// Appended after `remove`.
  package var add: [PortalKey]?
  package var remove: [KeyID]?
  /// Keys that lose their `use`, as those stored before May 2025.
  package var dropUse: [KeyID]?
  /// New `exp` by kid, in seconds since 1970.
  package var expire: [String: Int64]?
  package var active: Bool?
  package var scopes: [String]?
  package var withdrawnScopes: Set<String>?

  private enum CodingKeys: String, CodingKey {
    case client = "client_id"
    case add, remove
    case dropUse = "drop_use"
    case expire, active, scopes
    case withdrawnScopes = "withdrawn_scopes"
  }

  package init(
    client: ClientID? = nil, add: [PortalKey]? = nil, remove: [KeyID]? = nil, dropUse: [KeyID]? = nil,
    expire: [String: Int64]? = nil, active: Bool? = nil, scopes: [String]? = nil, withdrawnScopes: Set<String>? = nil
  ) {
    self.client = client
    self.add = add
    self.remove = remove
    self.dropUse = dropUse
    self.expire = expire
    self.active = active
    self.scopes = scopes
    self.withdrawnScopes = withdrawnScopes
  }

  /// The set after this edit; nil where it does not touch keys.
  func applied(to keys: [PortalKey]) -> [PortalKey]? {
    guard add != nil || remove != nil || dropUse != nil || expire != nil else { return nil }
    let gone = Set(remove ?? [])
    let left = keys.filter { !gone.contains($0.kid) } + (add ?? [])
    return left.map { key in
      var members = key.members
      if dropUse?.contains(key.kid) == true { members["use"] = nil }
      if let exp = expire?[key.kid.rawValue] { members["exp"] = .integer(exp) }
      return PortalKey(members: members)
    }
  }
}

extension HandEdit {
  /// Throws `Failure` for JSON of another shape.
  init(reading value: JSONValue) throws {
    do { self = try JSONDecoder().decode(HandEdit.self, from: value.canonical) } catch {
      throw Failure(
        .inputInvalid, "the change of the portal cannot be read",
        remedy: ["give client_id, add, remove, drop_use, expire, active, scopes or withdrawn_scopes"])
    }
  }
}
