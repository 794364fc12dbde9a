internal import Foundation

/// What issuer and token endpoint give away without a network: which environment each belongs to, and old names.
/// Addresses: docs.digdir.no, Maskinporten well-known; the old ones from public clients.
package enum AddressCheck {
  package struct Known: Sendable, Hashable {
    package let environment: Runbook.Environment
    package let issuer: String
    package let tokenEndpoint: String
    let host: String
  }

  package static let production = Known(
    environment: .production, issuer: "https://maskinporten.no/", tokenEndpoint: "https://maskinporten.no/token",
    host: "maskinporten.no")
  package static let test = Known(
    environment: .test, issuer: "https://test.maskinporten.no/",
    tokenEndpoint: "https://test.maskinporten.no/token", host: "test.maskinporten.no")

  static let oldHosts: Set = [
    "ver1.maskinporten.no", "ver2.maskinporten.no", "oidc.difi.no", "oidc-ver1.difi.no", "oidc-ver2.difi.no",
    "integrasjon.difi.no", "integrasjon-ver2.difi.no",
  ]

  /// The environment that an address belongs to by its host; nil for hosts that are nobody's we know.
  package static func environment(of address: String) -> Known? {
    host(of: address).flatMap { host in [production, test].first { $0.host == host } }
  }

  /// The pair that belongs here, by somebody's word.
  package struct Expected: Sendable, Hashable {
    let issuer: String
    let tokenEndpoint: String
    /// Whose word.
    let by: String

    package init(_ runbook: Runbook) {
      issuer = runbook.maskinporten.issuer
      tokenEndpoint = runbook.maskinporten.tokenEndpoint
      by = "the runbook \(runbook.name)"
    }

    /// By the environment's own word; nil where it gives none.
    package init?(_ variables: [String: String]) {
      guard LiveEnvironment.isProduction(variables) else { return nil }
      issuer = AddressCheck.production.issuer
      tokenEndpoint = AddressCheck.production.tokenEndpoint
      by = "VERCEL_ENV=production"
    }
  }

  /// What is wrong with the pair; nil where nothing can be told from the text alone. A pair that is whole and of another
  /// place than `expected` is of the wrong environment.
  package static func finding(issuer: String, tokenEndpoint: String, expected: Expected? = nil) -> Cause? {
    for (name, address) in [("MASKINPORTEN_ISSUER", issuer), ("MASKINPORTEN_TOKEN_ENDPOINT", tokenEndpoint)] {
      guard let host = host(of: address) else { continue }
      if oldHosts.contains(host) {
        return Cause(
          "old-address", "\(name) names \(host), which was switched off",
          "set \(name) to the environment's present address, as its metadata gives it")
      }
      if host.hasSuffix("altinn.no") {
        return Cause(
          "altinn-address", "\(name) names \(host): tt02 and platform are Altinn's addresses, not Maskinporten's",
          "set \(name) to Maskinporten's own: tt02 goes with https://test.maskinporten.no/")
      }
    }
    if issuer == tokenEndpoint {
      return Cause(
        "issuer-is-token-endpoint", "MASKINPORTEN_ISSUER holds the token endpoint; aud must be the issuer",
        "set MASKINPORTEN_ISSUER to issuer of the environment's metadata; it is never derived from the endpoint")
    }
    let (left, right) = (environment(of: issuer), environment(of: tokenEndpoint))
    if left != right {
      return Cause(
        "environments-mixed",
        "MASKINPORTEN_ISSUER belongs to \(name(left)) and MASKINPORTEN_TOKEN_ENDPOINT to \(name(right))",
        "take both from the metadata of one environment")
    }
    if let expected, isElsewhere(issuer, than: expected.issuer),
      isElsewhere(tokenEndpoint, than: expected.tokenEndpoint)
    {
      return Cause(
        "environment-differs",
        "MASKINPORTEN_ISSUER and MASKINPORTEN_TOKEN_ENDPOINT are those of \(left == nil ? issuer : name(left)), and"
          + " \(expected.by) means \(expected.issuer)",
        "set them to \(expected.issuer) and \(expected.tokenEndpoint)",
        "mind that a client and its keys are known to one environment alone")
    }
    guard let both = left else { return nil }
    return difference(issuer: issuer, from: both.issuer)
      ?? difference(tokenEndpoint: tokenEndpoint, from: both.tokenEndpoint)
  }

  /// Byte for byte: `aud` is compared so.
  package static func difference(issuer: String, from right: String) -> Cause? {
    guard !issuer.utf8.elementsEqual(right.utf8) else { return nil }
    if issuer + "/" == right || issuer == right + "/" {
      return Cause(
        "issuer-slash", "MASKINPORTEN_ISSUER differs from \(right) by the slash at its end alone, and aud is exact",
        "set MASKINPORTEN_ISSUER to \(right)")
    }
    return Cause(
      "issuer-differs", "MASKINPORTEN_ISSUER is \(issuer); the metadata says \(right)",
      "set MASKINPORTEN_ISSUER to \(right)")
  }

  package static func difference(tokenEndpoint: String, from right: String) -> Cause? {
    guard !tokenEndpoint.utf8.elementsEqual(right.utf8) else { return nil }
    return Cause(
      "token-endpoint-differs", "MASKINPORTEN_TOKEN_ENDPOINT is \(tokenEndpoint); the metadata says \(right)",
      "set MASKINPORTEN_TOKEN_ENDPOINT to \(right)")
  }

  /// `scheme://host:port/` of an address: what the issuer of a server at that address is most likely called.
  package static func origin(of address: String) -> String? {
    guard let parts = URLComponents(string: address), let scheme = parts.scheme, let host = parts.host else {
      return nil
    }
    return "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")/"
  }

  private static func isElsewhere(_ address: String, than right: String) -> Bool {
    origin(of: address)?.lowercased() != origin(of: right)?.lowercased()
  }

  private static func host(of address: String) -> String? { URLComponents(string: address)?.host?.lowercased() }

  private static func name(_ known: Known?) -> String {
    known.map { "Maskinporten's \($0.environment.rawValue) environment" } ?? "none that is known"
  }
}
