import Foundation
import RotationCore
import Testing

@testable import Neighbours

@Suite struct AltinnExchangeTests {
  private func trial(_ reply: LoopbackServer.Reply) async throws -> String {
    let transport = try Neighbourhood().transport
    return try await withServer({ _, _ in reply }) { server in
      defer {
        #expect(server.requests.map(\.line) == ["GET /exchange HTTP/1.1"])
        #expect(server.requests.first?.headers["authorization"] == "Bearer token-1")
      }
      let grant = TokenGrant(kid: "k", at: .distantPast, lifetime: 120)
      return try await AltinnExchange(url: server.url + "/exchange", transport: transport)
        .trial(of: AccessToken(grant: grant, value: SecretString("token-1"), expires: .distantFuture))
    }
  }

  @Test func `a token that Altinn exchanges is told, and Altinn's own is not`() async throws {
    for body in ["eyJh.eyJp.c2ln", #""eyJh.eyJp.c2ln""#] {
      #expect(try await trial(.with(200, body)) == "Altinn exchanged a token of this client for its own")
    }
  }

  @Test func `what Altinn refuses is told with its words and without the token`() async throws {
    let rows: [(LoopbackServer.Reply, NeighbourTrouble.Kind, String)] = [
      (.json(403, #"{"title":"no system user"}"#), .rejected, "answered 403: "),
      (.with(401, ""), .rejected, "answered 401"),
      (.with(302, "", ["Location": "https://example.no/"]), .unusableAnswer, ""),
      (.with(200, ""), .unusableAnswer, "gave no token"),
      (.with(200, "<html>Logg inn</html>"), .unusableAnswer, "gave no token"), (.reset, .unanswered, ""),
    ]
    for (reply, kind, words) in rows {
      let trouble = await #expect(throws: NeighbourTrouble.self) { try await trial(reply) }
      #expect(trouble?.kind == kind, "\(reply)")
      #expect(trouble?.detail.contains(words) == true || words.isEmpty)
      #expect(trouble?.detail.contains("token-1") == false)
    }
  }
}
