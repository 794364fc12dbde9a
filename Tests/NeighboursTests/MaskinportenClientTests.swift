import Foundation
import Primitives
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

@Suite struct MaskinportenClientTests {
  @Test func `an assertion has the six claims, a fresh jti and the issuer byte for byte`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, _ in Neighbourhood.granted() }) { server in
      for issuer in ["https://issuer.example/", "https://issuer.example"] {
        _ = await neighbourhood.maskinporten(server.url, issuer: issuer).attempt(with: signer)
      }
      let assertions = try server.requests.map { try #require($0.form["assertion"]) }
      let claims = try assertions.map { try parts(of: $0).claims }
      let now = Int64(neighbourhood.clock.now().timeIntervalSince1970)
      #expect(claims.compactMap { $0["aud"]?.string } == ["https://issuer.example/", "https://issuer.example"])
      #expect(Set(claims.compactMap { $0["jti"]?.string }).count == 2)
      for (claim, assertion) in zip(claims, assertions) {
        #expect(claim.object?.keys.sorted() == ["aud", "exp", "iat", "iss", "jti", "scope"])
        #expect(claim["iss"] == "client-1")
        #expect(claim["scope"] == "a:b c:d/e")
        #expect(claim["iat"] == .integer(now))
        #expect(claim["exp"] == .integer(now + 120))
        #expect(UUID(uuidString: claim["jti"]?.string ?? "") != nil)
        #expect(try parts(of: assertion).header["kid"] == "app-key")
        let key = signer.reference.publicKey
        let verifier = try #require(RSAVerificationKey(n: key.n, e: key.e))
        #expect(try #require(CompactJWS(assertion)).isSigned(by: verifier, hash: .sha256))
      }
      let request = try #require(server.requests.first)
      #expect(request.line == "POST /token HTTP/1.1")
      #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
      #expect(request.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
      #expect(request.form.keys.sorted() == ["assertion", "grant_type"])
    }
  }

  @Test func `a grant tells life and scope and keeps no token`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, _ in Neighbourhood.granted("very-secret", lifetime: 7199) }) { server in
      let client = neighbourhood.maskinporten(server.url)
      let attempt = await client.attempt(with: signer)
      #expect(
        attempt == .granted(TokenGrant(kid: "app-key", at: neighbourhood.clock.now(), lifetime: 7199, scope: "a:b")))
      #expect(!"\(attempt)".contains("very-secret"))
      guard case .token(let token) = await client.request(with: signer) else { throw POSIXError(.EPROTO) }
      #expect(token.value.reveal() == "very-secret")
      #expect(token.expires == neighbourhood.clock.now().addingTimeInterval(7199))
      #expect(!"\(token)".contains("very-secret"))
      #expect(!String(reflecting: token).contains("very-secret"))
    }
  }

  @Test(arguments: [
    "{}", #"{"access_token":"","token_type":"Bearer","expires_in":1}"#, #"{"access_token":"a","token_type":"Bearer"}"#,
    #"{"access_token":"a","token_type":"mac","expires_in":1}"#,
    #"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#, #"{"access_token":"a","token_ty"#, "[]",
  ])
  func `a 200 without a usable token says nothing about the key`(body: String) async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    try await withServer({ _, _ in .json(200, body) }) { server in
      let attempt = await neighbourhood.maskinporten(server.url).attempt(with: signer)
      guard case .trouble(let trouble) = attempt else { throw POSIXError(.EPROTO) }
      #expect(trouble.kind == .unusableAnswer)
    }
  }

  @Test func `a key that cannot sign sends nothing`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = BrokenSigner(reference: try Signer.app().reference)
    try await withServer({ _, _ in Neighbourhood.granted() }) { server in
      let attempt = await neighbourhood.maskinporten(server.url).attempt(with: signer)
      guard case .trouble(let trouble) = attempt else { throw POSIXError(.EPROTO) }
      #expect(trouble.kind == .rejected)
      #expect(trouble.detail.contains("the key is gone"))
      #expect(server.requests.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("https://maskinporten.no/", "https://maskinporten.no/.well-known/oauth-authorization-server"),
      ("https://maskinporten.no", "https://maskinporten.no/.well-known/oauth-authorization-server"),
      ("https://h.example/a/b/", "https://h.example/.well-known/oauth-authorization-server/a/b"),
      ("http://127.0.0.1:8/x", "http://127.0.0.1:8/.well-known/oauth-authorization-server/x"), ("nonsense", nil),
    ] as [(String, String?)])
  func `the metadata's place follows RFC 8414`(issuer: String, url: String?) {
    #expect(MaskinportenClient.metadataURL(of: issuer) == url)
  }

  @Test func `metadata is told as it stands, with both clocks`() async throws {
    let neighbourhood = try Neighbourhood()
    let body = #"{"issuer":"https://i/","token_endpoint":"https://t/token","more":[1]}"#
    try await withServer({ _, _ in .json(200, body, headers: ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"]) }) { server in
      let metadata = try await neighbourhood.maskinporten(server.url, issuer: server.url + "/").metadata()
      #expect(
        metadata
          == ServerMetadata(
            issuer: "https://i/", tokenEndpoint: "https://t/token",
            serverDate: Date(timeIntervalSince1970: 784_111_777), readAt: neighbourhood.clock.now()))
      #expect(server.requests.first?.line == "GET /.well-known/oauth-authorization-server HTTP/1.1")
    }
  }

  @Test(arguments: [(404, "{}"), (200, "{}"), (200, "[]"), (500, "")]) func `metadata that is none is trouble`(
    status: Int, body: String
  ) async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ _, _ in .json(status, body) }) { server in
      await #expect(throws: NeighbourTrouble.self) {
        try await neighbourhood.maskinporten(server.url, issuer: server.url).metadata()
      }
    }
  }
}
