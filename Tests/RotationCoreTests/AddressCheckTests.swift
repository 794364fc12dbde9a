import RotationCore
import Testing

@Suite struct AddressCheckTests {
  static let pairs: [(issuer: String, endpoint: String, cause: String?)] = [
    ("https://maskinporten.no/", "https://maskinporten.no/token", nil),
    ("https://test.maskinporten.no/", "https://test.maskinporten.no/token", nil),
    ("https://issuer.example/", "https://issuer.example/token", nil),
    ("https://maskinporten.no", "https://maskinporten.no/token", "issuer-slash"),
    ("https://maskinporten.no/token", "https://maskinporten.no/token", "issuer-is-token-endpoint"),
    ("https://maskinporten.no/", "https://test.maskinporten.no/token", "environments-mixed"),
    ("https://test.maskinporten.no/", "https://maskinporten.no/token", "environments-mixed"),
    ("https://test.maskinporten.no/", "https://issuer.example/token", "environments-mixed"),
    ("https://ver2.maskinporten.no/", "https://maskinporten.no/token", "old-address"),
    ("https://maskinporten.no/", "https://ver2.maskinporten.no/token", "old-address"),
    ("https://oidc-ver2.difi.no/idporten-oidc-provider/", "https://maskinporten.no/token", "old-address"),
    ("https://platform.tt02.altinn.no/", "https://test.maskinporten.no/token", "altinn-address"),
    ("https://maskinporten.no/", "https://maskinporten.no/oauth", "token-endpoint-differs"),
    ("https://maskinporten.no/x/", "https://maskinporten.no/token", "issuer-differs"),
    ("https://MASKINPORTEN.no/", "https://maskinporten.no/token", "issuer-differs"),
  ]

  @Test(arguments: pairs) func `each pair of addresses has its verdict`(
    issuer: String, endpoint: String, cause: String?
  ) {
    #expect(AddressCheck.finding(issuer: issuer, tokenEndpoint: endpoint)?.id == cause)
  }
}
