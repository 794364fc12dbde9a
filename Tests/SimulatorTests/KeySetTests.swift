import Foundation
import RotationCore
import Testing

@testable import Simulator

struct KeySetTests {
  @Test func `a post replaces the whole set`() throws {
    let fixture = try Fixture()
    let answer = try fixture.post([fixture.other.reference.jwk])
    #expect(answer.status == 201)
    #expect(answer.kids == ["other"])
    #expect(try fixture.listed().kids == ["other"])
    #expect(try fixture.token().text == "Unknown key identifier (kid) for client")
    #expect(try fixture.token(by: fixture.other).status == 200)
  }

  @Test func `the status of a post is a knob, and a put answers 200`() throws {
    let fixture = try Fixture()
    fixture.world.change { $0.postStatus = 200 }
    #expect(try fixture.post([fixture.client.reference.jwk]).status == 200)
    let body: JSONValue = ["keys": [fixture.client.reference.jwk]]
    let put = fixture.world.replaceKeys(
      of: Fixture.id, with: body.canonical, authorization: try fixture.authorization(), status: 200)
    #expect(put.status == 200)
  }

  @Test func `five keys are taken and six refused, expired ones counted`() throws {
    let fixture = try Fixture()
    let keys = (1...6).map { fixture.client.reference.jwk(["kid": .string("k\($0)"), "exp": 1]) }
    #expect(try fixture.post(Array(keys.prefix(5))).status == 201)
    let refused = try fixture.post(keys)
    #expect(refused.status == 400)
    #expect(refused.json?["errors"]?.array?.first?["errorMessage"] == "keys: at most 5 are allowed")
    #expect(try fixture.listed().kids.count == 5)
  }

  @Test func `an empty set is refused and the last key leaves by delete`() throws {
    let fixture = try Fixture()
    #expect(try fixture.post([]).status == 400)
    #expect(try fixture.listed().kids == ["client"])
    let gone = fixture.world.removeKeys(of: Fixture.id, authorization: try fixture.authorization())
    #expect(gone.status == 204)
    #expect(gone.body.isEmpty)
    #expect(try fixture.listed().kids == [])
  }

  static let bad: [([String: JSONValue], String)] = [
    (["use": .null], "keys[0].use: must not be null"),
    (["use": "enc"], "keys[0].use: must be sig"),
    (["kty": "EC"], "keys[0].kty: must be RSA"),
    (["alg": .null], "keys[0].alg: must not be null"),
    (["alg": "PS256"], "keys[0].alg: must be RS256, RS384 or RS512"),
    (["kid": "a b"], "keys[0].kid: only A-Z a-z 0-9 . _ - are allowed"),
    (["kid": ""], "keys[0].kid: only A-Z a-z 0-9 . _ - are allowed"),
    (["n": "AQAB"], "keys[0].n: must be an RSA public key of at least 2048 bits"),
    (["e": "AQAB="], "keys[0].n: must be an RSA public key of at least 2048 bits"),
    (["e": "AQ"], "keys[0].n: must be an RSA public key of at least 2048 bits"),
    (["d": "AQAB"], "keys[0].d: private keys are refused"),
    (["qi": "AQAB"], "keys[0].qi: private keys are refused"),
    (["exp": "soon"], "keys[0].exp: must be seconds since 1970"),
  ]

  @Test(arguments: bad)
  func `a key that breaks a rule is refused by name`(changes: [String: JSONValue], text: String) throws {
    let fixture = try Fixture()
    let answer = try fixture.post([fixture.client.reference.jwk(changes)])
    #expect(answer.status == 400)
    #expect(answer.json?["errors"]?.array?.compactMap { $0["errorMessage"]?.string } == [text])
    #expect(try fixture.listed().kids == ["client"])
  }

  @Test func `every objection is named at once, in the words of the API`() throws {
    let fixture = try Fixture()
    let answer = try fixture.post([
      fixture.client.reference.jwk(["use": .null, "d": "AQAB"]), fixture.other.reference.jwk, "text",
    ])
    #expect(answer.json?["errors"]?.array?.count == 3)
    #expect(answer.json?["error"]?.string?.hasPrefix(", keys[0].use: must not be null") == true)
    #expect(answer.json?["correlation_id"]?.string?.count == 32)
  }

  @Test func `a kid stands for one key, and with the knob for one client`() throws {
    let fixture = try Fixture()
    #expect(
      try fixture.post([fixture.client.reference.jwk, fixture.other.reference.jwk(["kid": "client"])]).status == 400)
    let admins = fixture.other.reference.jwk(["kid": "admin"])
    #expect(try fixture.post([admins]).status == 201)
    fixture.world.change { $0.kidsAreGlobal = true }
    #expect(try fixture.post([admins]).status == 400)
  }

  @Test(arguments: ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#, "{"])
  func `a body that is no key set is refused`(body: String) throws {
    let fixture = try Fixture()
    let answer = fixture.world.replaceKeys(
      of: Fixture.id, with: Data(body.utf8), authorization: try fixture.authorization())
    #expect(answer.status == 400)
    #expect(try fixture.listed().kids == ["client"])
  }

  @Test func `stored keys may lack use, and sending them back unpatched fails`() throws {
    let fixture = try Fixture()
    try fixture.world.edit(HandEdit(dropUse: [KeyID("client")]))
    let listed = try #require(try fixture.listed().json?["keys"]?.array)
    #expect(listed[0]["use"] == nil)
    #expect(try fixture.token().status == 200)
    #expect(try fixture.post(listed + [fixture.other.reference.jwk]).status == 400)
  }

  @Test func `a key ends a year after its post, sooner where it says so, and a new post renews it`() async throws {
    let fixture = try Fixture()
    let year: Int64 = 365 * 86_400
    let start: Int64 = 1_795_000_000
    let short = fixture.other.reference.jwk(["exp": .integer(start + 60)])
    let long = fixture.other.reference.jwk(["kid": "long", "exp": .integer(start + 2 * year)])
    let first = try fixture.post([fixture.client.reference.jwk, short, long])
    #expect(first.json?["keys"]?.array?.map { $0["exp"]?.integer } == [start + year, start + 60, start + year])
    try await fixture.clock.advance(by: .seconds(100))
    let again = try fixture.post([fixture.client.reference.jwk, short])
    #expect(again.json?["keys"]?.array?.map { $0["exp"]?.integer } == [start + 100 + year, start + 60])
    #expect(try fixture.token(by: fixture.other).text == "Expired key")
  }

  @Test func `unknown members are kept`() throws {
    let fixture = try Fixture()
    let key = fixture.other.reference.jwk(["x5c": ["MIIB"], "note": ["a": .number(1.5)]])
    _ = try fixture.post([key])
    let listed = try #require(try fixture.listed().json?["keys"]?.array?.first)
    #expect(listed["x5c"] == ["MIIB"])
    #expect(listed["note"] == ["a": .number(1.5)])
  }

  @Test func `last_updated moves with every write though the clock stands, and there is no ETag`() throws {
    let fixture = try Fixture()
    let first = try fixture.listed()
    _ = try fixture.post([fixture.client.reference.jwk])
    let second = try fixture.listed()
    _ = try fixture.post([fixture.client.reference.jwk])
    let third = try fixture.listed()
    #expect(Set([first, second, third].map { $0.json?["last_updated"] }).count == 3)
    #expect(first.json?["created"] == third.json?["created"])
    #expect(third.headers["ETag"] == nil)
  }

  @Test func `only an admin token with the right scope and organisation is let in`() async throws {
    let fixture = try Fixture()
    let jwks = fixture.world
    #expect(jwks.readKeys(of: Fixture.id, authorization: nil).status == 401)
    #expect(jwks.readKeys(of: Fixture.id, authorization: "Bearer made-up").status == 401)
    let ordinary = try #require(try fixture.token().json?["access_token"]?.string)
    #expect(jwks.readKeys(of: Fixture.id, authorization: "Bearer \(ordinary)").status == 403)
    let reader = try fixture.authorization(scope: "idporten:dcr.read")
    #expect(jwks.readKeys(of: Fixture.id, authorization: reader).status == 200)
    #expect(try fixture.post([fixture.client.reference.jwk], authorization: reader).status == 403)
    #expect(jwks.removeKeys(of: Fixture.id, authorization: reader).status == 403)
    #expect(jwks.readKeys(of: ClientID("nobody"), authorization: reader).status == 404)
    try await fixture.clock.advance(by: .seconds(120))
    #expect(jwks.readKeys(of: Fixture.id, authorization: reader).status == 401)

    let stranger = try Fixture(adminOrganisation: "999999999")
    #expect(try stranger.listed().status == 403)
  }

  @Test func `the client's own page tells scopes and token life`() throws {
    let fixture = try Fixture()
    let answer = fixture.world.readClient(Fixture.id, authorization: try fixture.authorization())
    #expect(answer.json?["access_token_lifetime"] == 600)
    #expect(answer.json?["active"] == true)
    #expect(answer.json?["scopes"] == [.string(Fixture.scope)])
  }

  @Test func `the list before the last change can be read as a stale answer`() throws {
    let fixture = try Fixture()
    _ = try fixture.post([fixture.other.reference.jwk])
    let stale = fixture.world.readKeys(of: Fixture.id, authorization: try fixture.authorization(), stale: true)
    #expect(stale.kids == ["client"])
  }

  @Test func `a write that lands late changes nothing before its hour`() async throws {
    let fixture = try Fixture()
    let body: JSONValue = ["keys": [fixture.other.reference.jwk]]
    let answer = fixture.world.replaceKeys(
      of: Fixture.id, with: body.canonical, authorization: try fixture.authorization(), landing: .seconds(30))
    #expect(answer.status == 201)
    #expect(try fixture.listed().kids == ["client"])
    try await fixture.clock.advance(by: .seconds(29))
    #expect(try fixture.token().status == 200)
    try await fixture.clock.advance(by: .seconds(1))
    #expect(try fixture.listed().kids == ["other"])
    #expect(try fixture.token().status == 400)
  }
}
