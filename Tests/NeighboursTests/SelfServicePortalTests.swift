import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

@Suite struct SelfServicePortalTests {
  private static let listed = """
    {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k1","n":"AQAB","e":"AQAB","exp":1900000000,\
    "x5c":["MIIB"],"unknown":{"a":[1,2.5,null,true]}},{"kty":"RSA","kid":"k2","n":"AQAB","e":"AQAB"}],\
    "created":"2026-01-01T00:00:00Z","last_updated":"2026-02-01T00:00:00Z"}
    """

  private static func isToken(_ request: LoopbackServer.Request) -> Bool { request.line.hasPrefix("POST /token ") }

  @Test func `the whole set goes back as it came, unknown members and all`() async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ request, _ in
      Self.isToken(request) ? Neighbourhood.granted("admin-token") : .json(200, Self.listed)
    }) { server in
      let portal = try neighbourhood.portal(server.url)
      let set = try await portal.read()
      #expect(set.kids == ["k1", "k2"])
      #expect(set.lastUpdated == "2026-02-01T00:00:00Z")
      #expect(set.created == "2026-01-01T00:00:00Z")
      #expect(set["k1"]?.expires == Date(timeIntervalSince1970: 1_900_000_000))
      try await portal.replace(with: set.keys)
      let requests = server.requests
      #expect(
        requests.map(\.line) == [
          "POST /token HTTP/1.1", "GET /api/v1/clients/client-1/jwks HTTP/1.1",
          "POST /api/v1/clients/client-1/jwks HTTP/1.1",
        ])
      #expect(requests[1...].allSatisfy { $0.headers["authorization"] == "Bearer admin-token" })
      let sent = try JSONValue(parsing: Data(requests[2].body.utf8))
      let original = try JSONValue(parsing: Data(Self.listed.utf8))
      #expect(sent == .object(["keys": try #require(original["keys"])]))
      #expect(requests[2].headers["content-type"] == "application/json")
    }
  }

  @Test(arguments: [200, 201, 202, 204]) func `any 2xx is a yes`(status: Int) async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ request, _ in
      Self.isToken(request)
        ? Neighbourhood.granted() : status == 204 ? .raw("HTTP/1.1 204 X\r\n\r\n") : .with(status, "")
    }) { server in
      try await neighbourhood.portal(server.url).replace(with: [PortalKey(try Signer.app().reference)])
    }
  }

  @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
  func `a private member never leaves, nor does its value reach the error`(member: String) async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ _, _ in Neighbourhood.granted() }) { server in
      var members = PortalKey(try Signer.app().reference).members
      members[member] = "c2VjcmV0"
      let keys = [PortalKey(members: members)]
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await neighbourhood.portal(server.url).replace(with: keys)
      }
      #expect(trouble?.kind == .rejected)
      #expect(trouble?.detail.contains("(\(member))") == true)
      #expect(trouble.map { "\($0)".contains("c2VjcmV0") } == false)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func `an empty set is never sent`() async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ _, _ in Neighbourhood.granted() }) { server in
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await neighbourhood.portal(server.url).replace(with: [])
      }
      #expect(trouble?.kind == .rejected)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func `one admin token serves until shortly before it ends`() async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ request, place in
      Self.isToken(request) ? Neighbourhood.granted("t\(place)", lifetime: 120) : .json(200, Self.listed)
    }) { server in
      let portal = try neighbourhood.portal(server.url)
      _ = try await portal.read()
      neighbourhood.clock.advance(by: .seconds(89))
      let set = try await portal.read()
      neighbourhood.clock.advance(by: .seconds(25))
      try await portal.replace(with: set.keys)
      #expect(server.requests.count(where: Self.isToken) == 1)
      _ = try await portal.read()
      #expect(server.requests.count(where: Self.isToken) == 2)
    }
  }

  @Test func `a kept token that the portal refuses is replaced once for a read`() async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ request, place in
      if Self.isToken(request) { return Neighbourhood.granted("t\(place)") }
      return place == 2 ? .json(401, "{}") : .json(200, Self.listed)
    }) { server in
      let portal = try neighbourhood.portal(server.url)
      _ = try await portal.read()
      _ = try await portal.read()
      #expect(server.requests.compactMap { $0.headers["authorization"] } == ["Bearer t0", "Bearer t0", "Bearer t3"])
    }
  }

  @Test func `a write is sent once, whatever comes back`() async throws {
    for reply in [LoopbackServer.Reply.json(401, "{}"), .with(500, ""), .raw(""), .json(409, "{}")] {
      let neighbourhood = try Neighbourhood()
      try await withServer({ request, _ in Self.isToken(request) ? Neighbourhood.granted() : reply }) { server in
        let portal = try neighbourhood.portal(server.url)
        let keys = [PortalKey(try Signer.app().reference)]
        await #expect(throws: NeighbourTrouble.self) { try await portal.replace(with: keys) }
        #expect(server.requests.count { !Self.isToken($0) } == 1)
      }
    }
  }

  @Test func `validation text is shown as it came, bounded`() async throws {
    let neighbourhood = try Neighbourhood()
    let text = #"{"status":400,"errors":[{"message":"keys[0].use: must not be blank"}]}"#
    try await withServer({ request, _ in
      Self.isToken(request) ? Neighbourhood.granted() : .json(400, text + String(repeating: " x", count: 5_000))
    }) { server in
      let keys = [PortalKey(try Signer.app().reference)]
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await neighbourhood.portal(server.url).replace(with: keys)
      }
      #expect(trouble?.kind == .rejected)
      #expect(trouble?.status == 400)
      #expect(trouble?.detail.contains(text) == true)
      #expect((trouble?.detail.count ?? 0) < 2_100)
    }
  }

  @Test func `without an admin token nothing was sent, whatever Maskinporten did`() async throws {
    let kinds: [(LoopbackServer.Reply, NeighbourTrouble.Kind)] = [
      (.with(503, ""), .unreachable), (.raw(""), .unreachable), (.with(200, "<html>"), .unreachable),
      (.with(429, ""), .rateLimited),
    ]
    for (reply, kind) in kinds {
      let neighbourhood = try Neighbourhood()
      try await withServer({ _, _ in reply }) { server in
        let keys = [PortalKey(try Signer.app().reference)]
        let trouble = await #expect(throws: NeighbourTrouble.self) {
          try await neighbourhood.portal(server.url).replace(with: keys)
        }
        #expect(trouble?.kind == kind)
        #expect(trouble?.effectIsUnknown == false)
      }
    }
  }

  @Test func `a refused admin client is told as the refusal that it is`() async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ _, _ in Neighbourhood.refused("invalid_grant", "Expired key", code: "MP-121") }) { server in
      let refusal = await #expect(throws: TokenRefusal.self) { try await neighbourhood.portal(server.url).read() }
      #expect(refusal?.reason == .expiredKey)
      #expect(refusal?.kid == "admin-key")
    }
  }

  @Test(arguments: ["{}", "[]", #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":[{"kid":"#])
  func `a list that is none is no list`(body: String) async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ request, _ in Self.isToken(request) ? Neighbourhood.granted() : .json(200, body) }) {
      server in
      let trouble = await #expect(throws: NeighbourTrouble.self) { try await neighbourhood.portal(server.url).read() }
      #expect(trouble?.kind == .unusableAnswer)
    }
  }

  @Test func `a client id cannot change the path`() async throws {
    let neighbourhood = try Neighbourhood()
    try await withServer({ request, _ in
      Self.isToken(request) ? Neighbourhood.granted() : .json(200, #"{"keys":[]}"#)
    }) { server in
      _ = try await neighbourhood.portal(server.url, client: "../x?y/ø").read()
      #expect(server.requests.last?.line == "GET /api/v1/clients/..%2Fx%3Fy%2F%C3%B8/jwks HTTP/1.1")
    }
  }
}
