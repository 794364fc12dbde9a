import Foundation
import RotationCore
import Testing

@testable import Simulator

struct GrantTests {
  @Test func `a good grant gets a token of the documented shape`() throws {
    let fixture = try Fixture()
    let answer = try fixture.token()
    #expect(answer.status == 200)
    #expect(answer.json?["token_type"] == "Bearer")
    #expect(answer.json?["expires_in"] == 600)
    #expect(answer.json?["scope"] == .string(Fixture.scope))
    let token = try #require(answer.json?["access_token"]?.string)
    let claims = try claims(of: token)
    #expect(claims["iss"] == .string(fixture.world.issuer))
    #expect(claims["client_id"] == .string(Fixture.id.rawValue))
    #expect(claims["client_amr"] == "private_key_jwt")
    #expect(claims["consumer"]?["ID"] == "0192:991825827")
    #expect(claims["exp"] == .integer(1_795_000_600))
    #expect(claims["kid"] == nil)
    #expect(fixture.world.grantCounts[KeyID("client")] == GrantCount(granted: 1))
  }

  @Test func `a token lives on after its key is removed, and no longer than it says`() async throws {
    let fixture = try Fixture()
    let token = try #require(try fixture.token().json?["access_token"]?.string)
    try fixture.world.edit(HandEdit(remove: [KeyID("client")]))
    #expect(try fixture.token().text == "Unknown key identifier (kid) for client")
    #expect(fixture.world.introspect(token)?.client == Fixture.id)
    try await fixture.clock.advance(by: .seconds(600))
    #expect(fixture.world.introspect(token) == nil)
    #expect(fixture.world.introspect("made up") == nil)
  }

  static let refusals: [([String: JSONValue], String, String?)] = [
    (["aud": "http://127.0.0.1"], "Invalid JWT claim aud", "MP-110"),
    (["aud": "http://127.0.0.1/token"], "Invalid JWT claim aud", "MP-110"),
    (["aud": ["http://127.0.0.1/"]], "Invalid JWT claim aud", "MP-110"),
    (["aud": .null], "Invalid JWT claim aud", "MP-110"),
    (["iss": "nobody"], "Client not found", "MP-100"),
    (["iss": .null], "Client not found", "MP-100"),
    (["nbf": 1_795_000_000], "Invalid assertion", "MP-100"),
    (["sub": "x"], "Invalid assertion", "MP-100"),
    (["exp": .null], "Invalid assertion", "MP-100"),
    (["iat": .null], "Invalid assertion", "MP-100"),
    (["scope": .null], "Invalid assertion", "MP-100"),
    (["scope": " "], "Invalid assertion", "MP-100"),
    (["iat": "1795000000"], "Invalid assertion", "MP-100"),
    (["exp": 1_795_000_000], "Invalid assertion", "MP-100"),
    (["resource": "https://api.example"], "Invalid assertion", "MP-100"),
    (["consumer_org": "1", "iss_onbehalfof": "2"], "Invalid assertion", "MP-100"),
    (["exp": 1_795_000_121], "JWT has too long lifetime", nil),
    (["iat": 1_795_000_011, "exp": 1_795_000_100], "Issue time is in the future", nil),
    (["iat": 1_794_999_900, "exp": 1_794_999_989], "JWT is expired", "MP-130"),
    (["scope": "other:scope"], "Token request contains invalid scopes for client", "MP-200"),
  ]

  @Test(arguments: refusals)
  func `a claim that breaks a rule is refused with its text`(
    changes: [String: JSONValue], text: String, code: String?
  ) throws {
    let answer = try Fixture().token(changes)
    #expect(answer.status == 400)
    #expect(answer.text == text)
    #expect(answer.code == code)
  }

  static let accepted: [[String: JSONValue]] = [
    ["iat": 1_795_000_010, "exp": 1_795_000_130],
    ["iat": 1_794_999_870, "exp": 1_794_999_990],
    ["resource": ["https://api.example"], "pid": "01010112345"],
    ["jti": .null],
  ]

  @Test(arguments: accepted)
  func `ten seconds of skew and the optional claims are taken`(changes: [String: JSONValue]) throws {
    #expect(try Fixture().token(changes).status == 200)
  }

  @Test func `the lifetime limit is a knob`() throws {
    let fixture = try Fixture()
    fixture.world.change { $0.lifetimeLimit = 180 }
    #expect(try fixture.token(["exp": 1_795_000_180]).status == 200)
    #expect(try fixture.token(["exp": 1_795_000_181]).text == "JWT has too long lifetime")
  }

  @Test func `a grant is good once, with or without a jti`() throws {
    let fixture = try Fixture()
    for changes: [String: JSONValue] in [[:], ["jti": .null]] {
      let assertion = try fixture.assertion(changes)
      #expect(fixture.token(assertion).status == 200)
      let again = fixture.token(assertion)
      #expect(again.text == "Grant is used before")
      #expect(again.code == "MP-012")
    }
  }

  @Test func `a refused grant does not use up its jti`() throws {
    let fixture = try Fixture()
    #expect(try fixture.token(["jti": "one", "aud": "wrong"]).status == 400)
    #expect(try fixture.token(["jti": "one"]).status == 200)
  }

  @Test func `unknown kid, wrong pair and expired key have their own answers`() async throws {
    let fixture = try Fixture()
    let unknown = try fixture.token(by: fixture.other)
    #expect(unknown.text == "Unknown key identifier (kid) for client")
    #expect(unknown.json?["error"] == "invalid_grant")
    #expect(unknown.code == nil)

    let mispaired = fixture.token(
      try fixture.assertion(header: #"{"alg":"RS256","kid":"client"}"#, by: fixture.other))
    #expect(mispaired.text == "Invalid JWT signature")
    #expect(mispaired.code == "MP-124")

    try fixture.world.edit(HandEdit(expire: ["client": 1_795_000_060]))
    #expect(try fixture.token().status == 200)
    try await fixture.clock.advance(by: .seconds(60))
    #expect(try fixture.token().code == "MP-121")
  }

  @Test func `a key that lived for its year is expired`() async throws {
    let fixture = try Fixture()
    #expect(try fixture.post([fixture.client.reference.jwk]).status == 201)
    try await fixture.clock.advance(by: .seconds(365 * 86_400 - 1))
    #expect(try fixture.token().status == 200)
    try await fixture.clock.advance(by: .seconds(1))
    #expect(try fixture.token().text == "Expired key")
  }

  @Test func `certificates are refused once a client has keys, and trusted by nobody before`() throws {
    let fixture = try Fixture()
    let chain = try fixture.assertion(header: #"{"alg":"RS256","x5c":["MIIB"]}"#)
    #expect(
      fixture.token(chain).text
        == "The client requires pre-registered jwk and no key identifier (kid) provided")
    #expect(
      try fixture.token(fixture.assertion(header: #"{"alg":"RS256"}"#)).text
        == "The client requires pre-registered jwk and no key identifier (kid) provided")
    try fixture.world.edit(HandEdit(remove: [KeyID("client")]))
    #expect(fixture.token(chain).code == "MP-120")
    #expect(try fixture.token(fixture.assertion(header: #"{"alg":"RS256","x5c":"MIIB"}"#)).code == "MP-123")
  }

  @Test func `a withdrawn scope is forbidden and an inactive client unknown`() throws {
    let fixture = try Fixture()
    try fixture.world.edit(HandEdit(withdrawnScopes: [Fixture.scope]))
    let forbidden = try fixture.token()
    #expect(forbidden.status == 403)
    #expect(forbidden.json?["error"] == "forbidden")
    #expect(forbidden.code == "MP-250")
    try fixture.world.edit(HandEdit(active: false))
    #expect(try fixture.token().text == "Client not found")
  }

  @Test func `status, error_uri and the trace id's form are knobs`() throws {
    let fixture = try Fixture()
    let traced = try #require(try fixture.token(["aud": "x"]).json?["error_description"]?.string)
    #expect(traced.wholeMatch(of: /Invalid JWT claim aud\. \(trace_id: [0-9a-f]{32}\)/) != nil)
    fixture.world.change {
      $0.refusalStatus = 401
      $0.namesErrorURI = false
      $0.traceForm = .correlationID
    }
    let answer = try fixture.token(["aud": "x"])
    #expect(answer.status == 401)
    #expect(answer.json?["error_uri"] == nil)
    let older = try #require(answer.json?["error_description"]?.string)
    #expect(older.wholeMatch(of: /.*\. \(correlation id: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)/) != nil)
  }

  @Test func `Maskinporten's clock may be ahead of ours`() throws {
    var settings = WorldSettings.immediate
    settings.clockOffset = .seconds(131)
    let fixture = try Fixture(settings)
    #expect(try fixture.token().text == "JWT is expired")
    #expect(fixture.world.serverTime == Keys.start + .seconds(131))
  }

  @Test(arguments: [
    ("application/json", "grant_type=x&assertion=y", "invalid_request"),
    (nil, "grant_type=x&assertion=y", "invalid_request"),
    ("application/x-www-form-urlencoded", "assertion=y", "invalid_request"),
    ("application/x-www-form-urlencoded", "grant_type=client_credentials&assertion=y", "unsupported_grant_type"),
    (
      "application/x-www-form-urlencoded; charset=utf-8",
      "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=", "invalid_request"
    ),
    (
      "application/x-www-form-urlencoded",
      "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a&assertion=b", "invalid_request"
    ),
  ])
  func `a form that is no grant is refused`(type: String?, body: String, error: String) throws {
    let answer = try Fixture().world.token(contentType: type, body: Data(body.utf8))
    #expect(answer.status == 400)
    #expect(answer.json?["error"] == .string(error))
  }

  private func claims(of token: String) throws -> JSONValue {
    let parts = token.split(separator: ".")
    var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
    text += String(repeating: "=", count: (4 - text.count % 4) % 4)
    let bytes = try #require(Data(base64Encoded: String(text)))
    return try JSONValue(parsing: bytes)
  }
}
