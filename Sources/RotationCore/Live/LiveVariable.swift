/// The seven variables of the live integration, in the order in which findings are told.
package enum LiveVariable: String, Sendable, Hashable, CaseIterable {
  case mode = "MASKINPORTEN_MODE"
  case clientID = "MASKINPORTEN_CLIENT_ID"
  case kid = "MASKINPORTEN_KID"
  case privateKey = "MASKINPORTEN_PRIVATE_KEY"
  case tokenEndpoint = "MASKINPORTEN_TOKEN_ENDPOINT"
  case issuer = "MASKINPORTEN_ISSUER"
  case apiSecret = "INTERNAL_API_SECRET"

  /// What to set it to.
  package var remedy: String {
    switch self {
    case .mode: "set it to live, exactly, where tokens are to be real"
    case .clientID: "set it to the client's id in Samarbeidsportalen"
    case .kid: "set it to the kid under which the portal's keys page (Nøkler) lists the public half"
    case .privateKey: "set it to the PEM private key (PKCS#8 or PKCS#1) that belongs to the kid"
    case .tokenEndpoint:
      "set it to token_endpoint of the environment's metadata (production: https://maskinporten.no/token)"
    case .issuer:
      "set it to issuer of the environment's metadata, slash and all (production: https://maskinporten.no/); the "
        + "token endpoint never stands in for it"
    case .apiSecret: "make one: openssl rand -hex 32"
    }
  }
}

/// Which client `MASKINPORTEN_MODE` asks for.
package enum MaskinportenMode: String, Sendable, Hashable, CaseIterable {
  case live, mock

  /// `live`, byte for byte, is live; anything else is the mock.
  package init(in variables: [String: String]) {
    self = variables[LiveVariable.mode.rawValue] == Self.live.rawValue ? .live : .mock
  }
}
