import Foundation
import RotationCore
import Testing

@testable import Simulator

/// What JOSE says must be refused, each with a signature that is otherwise good.
struct AssertionTests {
  @Test(arguments: [
    #"{"alg":"none","kid":"client"}"#,
    #"{"alg":"HS256","kid":"client"}"#,
    #"{"alg":"PS256","kid":"client"}"#,
    #"{"alg":"ES256","kid":"client"}"#,
    #"{"alg":"rs256","kid":"client"}"#,
    #"{"kid":"client"}"#,
    #"{"alg":"RS256","kid":7}"#,
    #"{"alg":"RS256","kid":"client","x5c":["MIIB"]}"#,
    #"{"alg":"RS256","kid":"client","crit":["exp"],"exp":1}"#,
    #"{"alg":"RS256","kid":"client","b64":false}"#,
    #"{"alg":"RS256","kid":"client","kid":"client"}"#,
    #"{"alg":"RS256","kid":"client","al\u0067":"RS256"}"#,
    #"["RS256"]"#,
    #"{"alg":"RS256","kid":"client"} {}"#,
    #"{"alg":"RS256","kid":"client""#,
    "",
  ])
  func `a header that must not be accepted is refused`(header: String) throws {
    let fixture = try Fixture()
    let answer = fixture.token(try fixture.assertion(header: header))
    #expect(answer.status == 400)
    #expect(answer.text == "Invalid assertion")
  }

  @Test func `a header with other members is accepted`() throws {
    let fixture = try Fixture()
    let header = #"{ "alg" : "RS256", "kid":"client", "typ":"JWT", "jku":"https://x.example", "a":{"b":1,"c":["b"]} }"#
    #expect(try fixture.token(fixture.assertion(header: header)).status == 200)
  }

  @Test func `a signature by another algorithm than the key's is refused`() throws {
    let fixture = try Fixture()
    for header in [#"{"alg":"RS384","kid":"client"}"#, #"{"alg":"RS512","kid":"client"}"#] {
      #expect(try fixture.token(fixture.assertion(header: header)).code == "MP-124")
    }
    let other = PortalKey(members: fixture.client.reference.jwk(["alg": "RS512"]).object ?? [:])
    try fixture.world.edit(HandEdit(add: [other], remove: [KeyID("client")]))
    #expect(try fixture.token().code == "MP-124")
    #expect(fixture.world.acceptedKids(of: Fixture.id).allSatisfy { $0 == [KeyID("client")] })
  }

  @Test func `every way to spell the same bytes but one is refused`() throws {
    let fixture = try Fixture()
    let good = try fixture.assertion()
    let parts = good.split(separator: ".").map(String.init)
    let changed = [
      good + ".", good + "=", good + "A", good + " ", " " + good, good + "\n", "." + good,
      parts[0] + "." + parts[1], parts[0] + "=." + parts[1] + "." + parts[2],
      parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1] + ".AA==",
    ]
    for text in changed {
      let body = Data("grant_type=\(GrantForm.grantType)&assertion=\(percentEncoded(text))".utf8)
      let answer = fixture.world.token(contentType: "application/x-www-form-urlencoded", body: body)
      #expect(answer.status == 400, "\(text.suffix(12))")
    }
    #expect(fixture.token(good).status == 200)
  }

  @Test func `a changed payload or signature is refused`() throws {
    let fixture = try Fixture()
    let parts = try fixture.assertion().split(separator: ".").map(String.init)
    let other = try fixture.assertion(["scope": "x"]).split(separator: ".").map(String.init)
    #expect(fixture.token([parts[0], other[1], parts[2]].joined(separator: ".")).code == "MP-124")
    #expect(fixture.token([parts[0], parts[1], other[2]].joined(separator: ".")).code == "MP-124")
    #expect(fixture.token([parts[0], parts[1], "AAAA"].joined(separator: ".")).code == "MP-124")
  }

  @Test func `a payload with a claim twice is refused`() throws {
    let fixture = try Fixture()
    let payload = String(decoding: JSONValue.object(fixture.claims()).canonical, as: UTF8.self)
    let twice = payload.dropLast() + #","iss":"client-1"}"#
    let header = #"{"alg":"RS256","kid":"client"}"#
    #expect(try fixture.token(fixture.assertion(header: header, payload: Data(payload.utf8))).status == 200)
    #expect(try fixture.token(fixture.assertion(header: header, payload: Data(twice.utf8))).text == "Invalid assertion")
  }

  private func percentEncoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
