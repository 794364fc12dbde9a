import Foundation
import RotationTestSupport
import Testing

@testable import RotationCore

/// What a diagnosis makes of facts that no simulation gives.
@Suite struct DiagnosisTests {
  private struct AnyKey: LiveKeyCheck {
    func fault(of privateKey: borrowing SecretBytes, kid: KeyID) -> LiveKeyFault? { nil }
  }

  private static let scopes = ["a:b", "c:d"]

  /// A live environment that was given a token just now.
  private static func healthy(issuer: String = "https://m.example/", scope: String? = "a:b c:d") throws
    -> DiagnosisFacts
  {
    let environment = try LiveEnvironment(
      reading: [
        "MASKINPORTEN_CLIENT_ID": "client", "MASKINPORTEN_KID": "kid", "MASKINPORTEN_PRIVATE_KEY": "a key",
        "MASKINPORTEN_TOKEN_ENDPOINT": issuer + "token", "MASKINPORTEN_ISSUER": issuer,
        "INTERNAL_API_SECRET": String(repeating: "s", count: 32),
      ], checkingKeyWith: AnyKey())
    let now = Date(timeIntervalSince1970: 1_790_000_000)
    var facts = DiagnosisFacts(now: now, mode: .live, findings: [], environment: environment)
    facts.scopes = scopes
    facts.grant = TokenGrant(kid: KeyID("kid"), at: now, lifetime: 120, scope: scope)
    facts.metadata = ServerMetadata(issuer: issuer, tokenEndpoint: issuer + "token", serverDate: now, readAt: now)
    return facts
  }

  private static func failing(_ diagnosis: Diagnosis) -> [String] {
    diagnosis.prerequisites.filter { $0.state == .fails }.map(\.name)
  }

  @Test(arguments: ["a:b c:d", "c:d a:b e:f", nil] as [String?])
  func `a token for all that was asked for leaves no cause`(scope: String?) throws {
    let diagnosis = Diagnosis(try Self.healthy(scope: scope))
    #expect(diagnosis.cause == nil && diagnosis.worksNow)
    #expect(Self.failing(diagnosis) == [])
  }

  @Test func `a token without a scope that was asked for is the cause`() throws {
    let diagnosis = Diagnosis(try Self.healthy(scope: "a:b"))
    #expect(diagnosis.cause?.id == "scope-not-granted")
    #expect(diagnosis.cause?.summary == "the token lacks c:d")
    #expect(Self.failing(diagnosis) == ["scopes granted"])
  }

  @Test(arguments: [
    (NeighbourTrouble.Kind.rejected, "altinn-refuses"), (.unreachable, "altinn-unusable"),
    (.unusableAnswer, "altinn-unusable"),
  ]) func `an exchange that Altinn does not make is the cause`(kind: NeighbourTrouble.Kind, cause: String) throws {
    var facts = try Self.healthy()
    facts.altinn = .failure(NeighbourTrouble(neighbour: "Altinn", kind: kind, detail: "answered 403"))
    #expect(Diagnosis(facts).cause?.id == cause)
  }

  @Test func `a key set that is empty is the cause though a token was given`() throws {
    var facts = try Self.healthy()
    facts.portal = .found(PortalKeySet(keys: []), nil)
    #expect(Diagnosis(facts).cause?.id == "no-key-registered")
  }

  @Test func `a whole pair of test addresses in production is the cause, before what follows from it`() throws {
    let test = AddressCheck.test
    var facts = try Self.healthy(issuer: test.issuer, scope: "a:b")
    #expect(Diagnosis(facts).cause?.id == "scope-not-granted")
    facts.expected = AddressCheck.Expected(["VERCEL_ENV": "production"])
    let diagnosis = Diagnosis(facts)
    #expect(diagnosis.cause?.id == "environment-differs")
    #expect(diagnosis.cause?.summary.contains("Maskinporten's test environment") == true)
    #expect(diagnosis.cause?.fix.first == "set them to https://maskinporten.no/ and https://maskinporten.no/token")
    #expect(Self.failing(diagnosis) == ["addresses of one environment", "scopes granted"])
  }

  @Test func `an unknown client is explained by the environment that it was asked for in`() throws {
    var facts = try Self.healthy(issuer: AddressCheck.test.issuer)
    facts.expected = AddressCheck.Expected(["VERCEL_ENV": "production"])
    facts.grant = nil
    let refusal = TokenRefusal(
      kid: KeyID("kid"), at: facts.now, reason: .unknownClient, status: 400, error: "invalid_grant", mpCode: "MP-100")
    facts.refusedNow = ReportedFailure(refusal: refusal, source: "the live exchange")
    facts.failure = facts.refusedNow
    let diagnosis = Diagnosis(facts)
    #expect(diagnosis.cause?.id == "environment-differs")
    #expect(diagnosis.steps[3].verdict == .explains)
  }

  @Test(arguments: [[:], ["VERCEL_ENV": "preview"]])
  func `nothing is expected where nobody says`(variables: [String: String]) {
    #expect(AddressCheck.Expected(variables) == nil)
  }

  @Test func `a runbook's addresses are expected`() throws {
    let stage = Stage()
    let expected = AddressCheck.Expected(stage.runbook)
    for (issuer, endpoint, cause) in [
      ("https://m/", "https://m/token", nil), ("https://m", "https://m/token", nil),
      ("https://other/", "https://other/token", "environment-differs"),
      ("https://maskinporten.no/", "https://maskinporten.no/token", "environment-differs"),
      ("https://M/", "https://m/token", nil),
    ] {
      #expect(
        AddressCheck.finding(issuer: issuer, tokenEndpoint: endpoint, expected: expected)?.id == cause, "\(issuer)")
    }
  }

  @Test func `an environment that is not live was not looked at`() {
    let facts = DiagnosisFacts(now: Date(timeIntervalSince1970: 0), mode: .mock, findings: [], environment: nil)
    let diagnosis = Diagnosis(facts)
    #expect(diagnosis.cause == nil && !diagnosis.worksNow)
    #expect(diagnosis.notes.contains("MASKINPORTEN_MODE is not live here: nothing was looked at"))
  }
}
