package import Foundation

/// One key as the portal lists it, every member kept.
package struct PortalKey: Hashable, Sendable, Codable {
  package let members: [String: JSONValue]

  package init(members: [String: JSONValue]) { self.members = members }

  package init(_ key: KeyReference) { members = key.jwk.object ?? [:] }

  package var kid: KeyID { KeyID(members["kid"]?.string ?? "") }
  package var n: String? { members["n"]?.string }
  package var e: String? { members["e"]?.string }

  /// When Maskinporten stops accepting the key (`exp`, seconds since 1970); nil where the portal does not say.
  package var expires: Date? {
    members["exp"]?.integer.map { Date(timeIntervalSince1970: TimeInterval($0)) }
  }

  /// Same kid and same public key.
  package func isSame(as key: KeyReference) -> Bool {
    kid == key.kid && n == key.publicKey.n && e == key.publicKey.e
  }

  package init(from decoder: any Decoder) throws { members = try [String: JSONValue](from: decoder) }
  package func encode(to encoder: any Encoder) throws { try members.encode(to: encoder) }
}

/// A client's whole key set in Samarbeidsportalen, as one GET gave it.
package struct PortalKeySet: Hashable, Sendable, Codable {
  /// Digdir's ceiling for one client.
  package static let capacity = 5
  /// Members of a private RSA key (RFC 7518 section 6.3.2), which must never be sent.
  package static let privateMembers: Set<String> = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

  package let keys: [PortalKey]
  package let created: String?
  package let lastUpdated: String?

  package init(keys: [PortalKey], created: String? = nil, lastUpdated: String? = nil) {
    self.keys = keys
    self.created = created
    self.lastUpdated = lastUpdated
  }

  package var kids: [KeyID] { keys.map(\.kid) }

  package subscript(_ kid: KeyID) -> PortalKey? { keys.first { $0.kid == kid } }

  package func lists(_ key: KeyReference) -> Bool { keys.contains { $0.isSame(as: key) } }
}
