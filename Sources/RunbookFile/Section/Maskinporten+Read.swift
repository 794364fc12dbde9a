internal import RotationCore

enum MaskinportenMember: String, Member {
  case environment
  case clientID = "client_id"
  case scopes
  case selfServiceAPI = "self_service_api"
  case caFile = "ca_file"
  case issuer
  case tokenEndpoint = "token_endpoint"
  static let section = "maskinporten"
}

extension Runbook.Maskinporten {
  /// `callsPortal`: the portal is self-service, so that its API must have an address.
  static func read(
    _ reader: MappingReader<MaskinportenMember>, in environment: Runbook.Environment?, callsPortal: Bool
  ) -> Self? {
    let clientID = reader.required(.clientID, .word)
    let scopes = reader.required(.scopes, .distinct(.scope))
    let api = reader.optional(.selfServiceAPI, .base(in: environment))
    let caFile = reader.optional(.caFile, .file)
    let addresses: Addresses?
    switch environment {
    case .production: addresses = fixed(.production, reader)
    case .test: addresses = fixed(.test, reader)
    case .custom: addresses = given(reader, callsPortal: callsPortal)
    case nil: addresses = nil
    }
    guard let environment, let clientID, let scopes, let addresses else { return nil }
    return Self(
      environment: environment, clientID: ClientID(clientID), scopes: scopes, issuer: addresses.issuer,
      tokenEndpoint: addresses.tokenEndpoint, selfServiceAPI: api ?? addresses.selfServiceAPI, caFile: caFile)
  }

  private static func fixed(_ addresses: Addresses, _ reader: MappingReader<MaskinportenMember>) -> Addresses {
    let reason = "is for `environment: custom` only; production and test have theirs built in"
    reader.forbid(.issuer, reason)
    reader.forbid(.tokenEndpoint, reason)
    return addresses
  }

  private static func given(_ reader: MappingReader<MaskinportenMember>, callsPortal: Bool) -> Addresses? {
    let reason = "`environment: custom` has none built in"
    let issuer = reader.required(.issuer, .url(in: .custom, takesQuery: false), because: reason)
    let tokenEndpoint = reader.required(.tokenEndpoint, .url(in: .custom, takesQuery: false), because: reason)
    if callsPortal, !reader.gives(.selfServiceAPI) {
      reader.reading.fault(
        "`\(reader.path(of: .selfServiceAPI))` is missing; a self-service portal needs it, and \(reason)",
        at: reader.branch.heading)
    }
    for (environment, known) in [("production", Addresses.production), ("test", .test)] where issuer == known.issuer {
      reader.reading.warn(
        "this is the issuer of `environment: \(environment)`, where the overlap has a floor; here it has none",
        at: reader.place(of: .issuer))
    }
    guard let issuer, let tokenEndpoint else { return nil }
    return Addresses(issuer: issuer, tokenEndpoint: tokenEndpoint, selfServiceAPI: nil)
  }
}

/// Where an environment's Maskinporten and Samarbeidsportalen answer (docs.digdir.no, `maskinporten_func_wellknown` and
/// `oidc_api_admin`). The issuer's slash is part of it: `aud` is compared byte for byte.
private struct Addresses {
  var issuer: String
  var tokenEndpoint: String
  var selfServiceAPI: String?

  static let production = Addresses(
    issuer: AddressCheck.production.issuer, tokenEndpoint: AddressCheck.production.tokenEndpoint,
    selfServiceAPI: "https://api.samarbeid.digdir.no/api/v1")
  static let test = Addresses(
    issuer: AddressCheck.test.issuer, tokenEndpoint: AddressCheck.test.tokenEndpoint,
    selfServiceAPI: "https://api.test.samarbeid.digdir.no/api/v1")
}

extension Form where Value == String {
  /// RFC 6749 section 3.3.
  static var scope: Form {
    text.that("must be one scope: printable ASCII without blanks, `\"` and `\\`") { text in
      text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
  }
}
