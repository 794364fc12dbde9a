import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import RotationCore
import Testing

@testable import Simulator

/// The main paths over a socket.
@Suite(.serialized)
struct ServerTests {
  private let folder: Folder
  private let fixture: Fixture
  private let app: SimulatedApp
  private let faults = FaultInjector()

  init() throws {
    folder = try Folder()
    fixture = try Fixture()
    app = SimulatedApp(
      world: fixture.world, environmentFile: folder.path + "/.env", scopes: [Fixture.scope], keys: Keys.store,
      clock: fixture.clock)
    let text = RehearsalFiles.environment(
      client: Fixture.id, kid: KeyID("client"), pem: try KeyName.client.pem(), secret: "a-secret-of-the-app")
    try RehearsalFiles(folder: folder.path).write(text, as: ".env")
    try app.reload()
  }

  private func serving(_ body: (SimulatorServer) async throws -> Void) async throws {
    let server = try await SimulatorServer.start(
      world: fixture.world, app: app, faults: faults, clock: fixture.clock)
    do { try await body(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private struct Got {
    var status: Int
    var headers: [String: String]
    var body: Data
    var json: JSONValue? { try? JSONValue(parsing: body) }
  }

  private func ask(
    _ server: SimulatorServer, _ path: String, _ method: String = "GET", _ headers: [String: String] = [:],
    body: Data? = nil
  ) async throws -> Got {
    var request = HTTPClientRequest(url: server.baseURL + path)
    request.method = .init(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
    let bytes = try await response.body.collect(upTo: 1 << 25)
    let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
    return Got(
      status: Int(response.status.code), headers: Dictionary(pairs, uniquingKeysWith: { $1 }),
      body: Data(bytes.readableBytesView))
  }

  private func token(_ server: SimulatorServer) async throws -> Got {
    try await ask(
      server, "/token", "POST", ["Content-Type": "application/x-www-form-urlencoded"],
      body: GrantForm.body(for: fixture.assertion()))
  }

  @Test func `metadata, keys and tokens agree with the address that was bound`() async throws {
    try await serving { server async throws in
      let metadata = try await ask(server, "/.well-known/oauth-authorization-server")
      #expect(metadata.json?["issuer"] == .string("\(server.baseURL)/"))
      #expect(metadata.json?["token_endpoint"] == .string("\(server.baseURL)/token"))
      #expect(metadata.headers["date"] == "Wed, 18 Nov 2026 11:06:40 GMT")
      #expect(try await ask(server, "/jwk").json?["keys"]?.array?.first?["kid"] == "admin")
      #expect(try await token(server).status == 200)
      #expect(try await ask(server, "/token").status == 405)
      #expect(try await ask(server, "/nothing").status == 404)
    }
  }

  @Test func `an issuer with a path has its metadata in both places`() async throws {
    fixture.world.change { $0.issuerPath = "tenant/" }
    try await serving { server async throws in
      for path in ["/.well-known/oauth-authorization-server/tenant", "/tenant/.well-known/oauth-authorization-server"] {
        #expect(try await ask(server, path).json?["issuer"] == .string("\(server.baseURL)/tenant/"))
      }
      #expect(try await ask(server, "/.well-known/oauth-authorization-server/other").status == 404)
    }
  }

  @Test func `a key set goes in and out over HTTP`() async throws {
    try await serving { server async throws in
      let admin = ["Authorization": try fixture.authorization()]
      let path = "/api/v1/clients/\(Fixture.id)/jwks"
      let body: JSONValue = ["keys": [fixture.client.reference.jwk, fixture.other.reference.jwk]]
      let posted = try await ask(server, path, "POST", admin, body: body.canonical)
      #expect(posted.status == 201)
      let listed = try await ask(server, path, "GET", admin)
      #expect(listed.json?["keys"]?.array?.count == 2)
      #expect(try await ask(server, path, "PUT", admin, body: body.canonical).status == 200)
      #expect(try await ask(server, path, "DELETE", admin).status == 204)
      #expect(try await ask(server, "/api/v1/clients/\(Fixture.id)", "GET", admin).json?["active"] == true)
      #expect(try await ask(server, path).status == 401)
    }
  }

  @Test func `the app answers with its key, its readiness and its own token request`() async throws {
    try await serving { server async throws in
      #expect(try await ask(server, "/app/signer").json == ["kid": "client"])
      #expect(try await ask(server, "/app/reload", "POST").status == 200)
      #expect(try await ask(server, "/app/call").json?["granted"] == true)
      let probe = "/api/v1/_internal/maskinporten/readiness"
      #expect(try await ask(server, probe).status == 401)
      let ready = try await ask(server, probe, "GET", ["Authorization": "Bearer a-secret-of-the-app"])
      #expect(ready.json == ["status": "ready"])
    }
  }

  @Test func `the simulator can be looked into and changed from outside`() async throws {
    try await serving { server async throws in
      _ = try await token(server)
      _ = try await ask(server, "/app/call")
      let calls = try await ask(server, "/_simulator/calls")
      #expect(calls.json?["counts"]?["client"] == ["granted": 2, "refused": 0])
      #expect(calls.json?["app"]?["client"] == ["granted": 1, "refused": 0])
      #expect(calls.json?["calls"]?.array?.last?["route"] == "call")
      let moved = try await ask(server, "/_simulator/time", "POST", body: Data(#"{"advance_seconds":90}"#.utf8))
      #expect(moved.status == 200)
      #expect(fixture.clock.now() == Keys.start + .seconds(90))
      let edit = #"{"remove":["client"]}"#
      let state = try await ask(server, "/_simulator/keys", "POST", body: Data(edit.utf8))
      #expect(state.json?["clients"]?.array?.last?["keys"] == [])
      #expect(try await ask(server, "/_simulator/keys", "POST", body: Data("7".utf8)).status == 400)
      #expect(try await ask(server, "/_simulator/state").json?["app"]?["kid"] == "client")
      let rule = Data(#"{"rules":[{"route":"signer","fault":"status","status":500}]}"#.utf8)
      #expect(try await ask(server, "/_simulator/faults", "POST", body: rule).status == 200)
      #expect(try await ask(server, "/app/signer").status == 500)
      #expect(try await ask(server, "/_simulator/faults", "DELETE").json?["faults"] == [])
    }
  }

  @Test func `a connection dropped before the effect leaves none, and one dropped after it does`() async throws {
    try await serving { server async throws in
      let admin = ["Authorization": try fixture.authorization()]
      let path = "/api/v1/clients/\(Fixture.id)/jwks"
      let body: JSONValue = ["keys": [fixture.other.reference.jwk]]
      faults.add(FaultRule(.keysWrite, .drop(afterEffect: false)))
      await #expect(throws: (any Error).self) {
        try await ask(server, path, "POST", admin, body: body.canonical)
      }
      #expect(fixture.world.listedKeys(of: Fixture.id).map(\.kid) == [KeyID("client")])
      faults.add(FaultRule(.keysWrite, .drop(afterEffect: true)))
      await #expect(throws: (any Error).self) {
        try await ask(server, path, "POST", admin, body: body.canonical)
      }
      #expect(fixture.world.listedKeys(of: Fixture.id).map(\.kid) == [KeyID("other")])
      #expect(try await ask(server, path, "GET", admin).status == 200)
    }
  }

  @Test func `answers can be spoilt in every way that a neighbour knows`() async throws {
    try await serving { server async throws in
      let wait = FaultRule(
        .signer, .status(429, retryAfter: .date(in: .seconds(7)), afterEffect: false))
      for (rule, check) in [
        (wait, { (got: Got) in got.status == 429 && got.headers["retry-after"] == "Wed, 18 Nov 2026 11:06:47 GMT" }),
        (
          FaultRule(.signer, .status(503, retryAfter: .seconds(2), afterEffect: false)),
          { $0.status == 503 && $0.headers["retry-after"] == "2" }
        ),
        (FaultRule(.signer, .truncated), { $0.status == 200 && $0.json == nil && !$0.body.isEmpty }),
        (FaultRule(.signer, .contentType("text/html")), { $0.headers["content-type"] == "text/html" }),
        (FaultRule(.signer, .huge(bytes: 1 << 22)), { $0.body.count > 1 << 22 && $0.json != nil }),
        (
          FaultRule(.signer, .date(offset: .seconds(3_600))), { $0.headers["date"] == "Wed, 18 Nov 2026 12:06:40 GMT" }
        ),
        (FaultRule(.signer, .delay(.milliseconds(1))), { $0.json == ["kid": "client"] }),
      ] as [(FaultRule, (Got) -> Bool)] {
        faults.add(rule)
        let got = try await ask(server, "/app/signer")
        #expect(check(got), "\(rule.fault)")
        #expect(try await ask(server, "/app/signer").json == ["kid": "client"])
        faults.clear()
      }
      faults.add(FaultRule(.signer, .cut))
      await #expect(throws: (any Error).self) { try await ask(server, "/app/signer") }
    }
  }

  @Test func `a redirect, a foreign hand and a stale list strike where they are put`() async throws {
    try await serving { server async throws in
      let admin = ["Authorization": try fixture.authorization()]
      let path = "/api/v1/clients/\(Fixture.id)/jwks"
      let foreign = PortalKey(members: fixture.other.reference.jwk(["kid": "foreign"]).object ?? [:])
      faults.add(FaultRule(.keysRead, .edit(HandEdit(add: [foreign]))))
      faults.add(FaultRule(.keysRead, .stale, from: 3))
      var kids: [Int?] = []
      for _ in 0..<4 { kids.append(try await ask(server, path, "GET", admin).json?["keys"]?.array?.count) }
      #expect(kids == [1, 2, 1, 2])
      faults.add(FaultRule(.portal, .redirect(to: "/elsewhere"), times: nil))
      let client = try await redirectStatus(server, path, admin)
      #expect(client == 302)
    }
  }

  private func redirectStatus(_ server: SimulatorServer, _ path: String, _ headers: [String: String]) async throws
    -> UInt
  {
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
    var request = HTTPClientRequest(url: server.baseURL + path)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    let status = try await client.execute(request, timeout: .seconds(20)).status.code
    try await client.shutdown()
    return status
  }

  @Test func `a dead portal leaves the token endpoint alive`() async throws {
    try await serving { server async throws in
      faults.add(FaultRule(.portal, .drop(afterEffect: false), times: nil))
      for _ in 0..<2 {
        await #expect(throws: (any Error).self) { try await ask(server, "/api/v1/clients/\(Fixture.id)/jwks") }
      }
      #expect(try await token(server).status == 200)
    }
  }

  @Test func `time asked for over HTTP waits until no other request is in flight`() async throws {
    try await serving { server async throws in
      faults.add(FaultRule(.signer, .delay(.milliseconds(200))))
      async let slow = ask(server, "/app/signer")
      while faults.tally.first?.struck != 1 { await Task.yield() }
      try await fixture.clock.advance(by: .seconds(60))
      #expect(fixture.world.calls.last?.route == .signer)
      #expect(try await slow.headers["date"] == "Wed, 18 Nov 2026 11:06:40 GMT")
    }
  }

  @Test func `a port that is taken is a plain failure, and a stopped server frees its own`() async throws {
    var port = 0
    try await serving { server async throws in
      port = server.port
      await #expect(throws: Failure.self) {
        try await SimulatorServer.start(world: fixture.world, port: server.port)
      }
    }
    let again = try await SimulatorServer.start(world: fixture.world, port: port)
    #expect(again.port == port)
    #expect(try await ask(again, "/app/signer").status == 404)
    await again.stop()
  }
}
