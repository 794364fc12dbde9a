internal import RotationCore

enum PortalMember: String, Member {
  case kind
  case adminClientID = "admin_client_id"
  case adminKid = "admin_kid"
  case adminKey = "admin_key"
  case adminScopes = "admin_scopes"
  static let section = "portal"
}

enum PortalKind: String, CaseIterable {
  case selfService = "self-service"
  case manual
}

extension Runbook.Portal {
  static func read(_ reader: MappingReader<PortalMember>, kind: PortalKind?) -> Self? {
    switch kind {
    case .selfService: return Runbook.AdminClient.read(reader).map(Self.selfService)
    case .manual:
      for member in PortalMember.allCases where member != .kind {
        reader.ignore(member, "is not used with `kind: manual`")
      }
      return .manual
    case nil: return nil
    }
  }
}

extension Runbook.AdminClient {
  /// What a key set can be read and replaced with (Digdir, `maskinporten_sjolvbetjening_api`).
  private static let standardScopes = ["idporten:dcr.read", "idporten:dcr.write"]

  static func read(_ reader: MappingReader<PortalMember>) -> Self? {
    let reason = "a self-service portal needs its admin client"
    let clientID = reader.required(.adminClientID, .word, because: reason)
    // Another system may have named this key: any kid is taken that is one word.
    let kid = reader.required(.adminKid, .word, because: reason)
    let key = reader.required(.adminKey, .secret(inClear: .refused), because: reason)
    let scopes = reader.optional(.adminScopes, .distinct(.scope)) ?? standardScopes
    guard let clientID, let kid, let key else { return nil }
    return Self(clientID: ClientID(clientID), kid: KeyID(kid), privateKey: key, scopes: scopes)
  }
}
