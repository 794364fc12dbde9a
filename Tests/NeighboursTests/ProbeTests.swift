import RotationCore
import Testing

@testable import Neighbours

@Suite struct ProbeTests {
  private func status(_ reply: LoopbackServer.Reply) async throws -> ReadinessStatus {
    let transport = try Neighbourhood().transport
    return try await withServer({ _, _ in reply }) { server in
      let probe = HTTPReadinessProbe(url: server.url + "/r", secret: SecretString("s3cret"), transport: transport)
      let status = try await probe.status()
      #expect(server.requests.first?.headers["authorization"] == "Bearer s3cret")
      return status
    }
  }

  @Test func `the seed's three shapes are understood`() async throws {
    #expect(try await status(.json(200, #"{"status":"ready"}"#)) == .ready)
    #expect(try await status(.json(200, #"{ "status": "mock" }"#)) == .mock)
    let body = """
      {"success":false,"error_code":"SERVER_ERROR","explanation":{"summary":"x"},
      "failures":[{"field":"MASKINPORTEN_PRIVATE_KEY","reason":"invalid or unusable for JWT signing"}],"_meta":{}}
      """
    let finding = ReadinessFinding(field: "MASKINPORTEN_PRIVATE_KEY", reason: "invalid or unusable for JWT signing")
    #expect(try await status(.json(503, body)) == .notReady(failures: [finding]))
  }

  @Test func `anything else is trouble of its kind`() async throws {
    let rows: [(LoopbackServer.Reply, NeighbourTrouble.Kind)] = [
      (.json(200, #"{"status":"fine"}"#), .unusableAnswer), (.json(200, "{}"), .unusableAnswer),
      (.with(200, "ready"), .unusableAnswer), (.json(201, #"{"status":"ready"}"#), .unusableAnswer),
      (.with(302, ""), .unusableAnswer), (.json(401, "{}"), .rejected), (.json(404, "{}"), .rejected),
      (.with(503, "<html>busy"), .serverError), (.with(500, ""), .serverError), (.with(429, ""), .rateLimited),
      (.raw(""), .unanswered),
    ]
    for (reply, kind) in rows {
      let trouble = await #expect(throws: NeighbourTrouble.self) { try await status(reply) }
      #expect(trouble?.kind == kind, "\(reply)")
      #expect(trouble.map { "\($0)".contains("s3cret") } == false)
    }
  }

  @Test func `a beacon tells the kid and nothing else will do`() async throws {
    let transport = try Neighbourhood().transport
    let rows: [(LoopbackServer.Reply, NeighbourTrouble.Kind)] = [
      (.json(200, #"{"kid":""}"#), .unusableAnswer), (.json(200, "{}"), .unusableAnswer),
      (.json(200, #"{"kid":"\u001b[2Jk1"}"#), .unusableAnswer), (.json(200, #"{"kid":"k1\nk2"}"#), .unusableAnswer),
      (.json(200, #"{"kid":3}"#), .unusableAnswer), (.with(200, "k1"), .unusableAnswer), (.json(404, "{}"), .rejected),
      (.with(502, ""), .serverError),
    ]
    for (reply, kind) in rows {
      try await withServer({ _, _ in reply }) { server in
        let trouble = await #expect(throws: NeighbourTrouble.self) {
          try await HTTPSignerBeacon(url: server.url, transport: transport).signingKid()
        }
        #expect(trouble?.kind == kind)
      }
    }
    try await withServer({ _, _ in .json(200, #"{"kid":"k1","since":"now"}"#) }) { server in
      let kid = try await HTTPSignerBeacon(url: server.url + "/signer", transport: transport).signingKid()
      #expect(kid == "k1")
      #expect(server.requests.first?.line == "GET /signer HTTP/1.1")
    }
  }
}
