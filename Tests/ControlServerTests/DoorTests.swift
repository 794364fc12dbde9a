import Foundation
import HTTPTypes
import RotationCore
import RotationTestSupport
import Testing

@testable import ControlServer

@Suite struct DoorTests {
  private let log: PublishedLog
  private let view: LedgerView
  private let door: Door

  init() throws {
    log = try PublishedLog()
    view = LedgerView(log: log.path)
    door = Door(Sample.settings(view))
  }

  @Test(arguments: [
    (DoorRoute.readiness, "application/json"), (.health, "application/json"), (.dashboard, "text/html; charset=utf-8"),
    (.metrics, "text/plain; version=0.0.4; charset=utf-8"), (.rotations, "application/json"),
    (.rotation, "application/json"), (.expiry, "application/json"), (.checkpoint, "text/plain; charset=utf-8"),
    (.tile, "application/octet-stream"), (.openAPI, "application/yaml"),
  ])
  func `a route answers in its own type, and HEAD as GET`(route: DoorRoute, type: String) {
    let answer = door.answer(.get(route.path))
    #expect(answer.status == 200)
    #expect(answer.header("Content-Type") == type)
    #expect(answer.header("Cache-Control") == "no-store")
    #expect(answer.header("X-Content-Type-Options") == "nosniff")
    #expect(answer.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
    #expect(answer.header("Date") == "Wed, 18 Nov 2026 11:06:40 GMT")
    var head = DoorRequest.get(route.path)
    head.method = .head
    #expect(door.answer(head).body.count == answer.body.count || route == .metrics)
  }

  @Test func `any other method is told which ones there are`() {
    for route in DoorRoute.allCases {
      for method in [HTTPRequest.Method.put, .delete, .patch, .options, .trace, route == .session ? .get : .post] {
        let answer = door.answer(DoorRequest(method, route.path))
        #expect(answer.status == 405, "\(method) \(route)")
        #expect(answer.header("Allow") == (route == .session ? "POST" : "GET, HEAD"))
        #expect(answer.json?["error_code"] == "METHOD_NOT_ALLOWED")
      }
    }
  }

  @Test(arguments: [
    "/nothing", "//", "/healthz/", "/HEALTHZ", "/api/v1/rotations/", "/%", "/%ff", "*", "", "healthz",
    "http://127.0.0.1/healthz", "/api/v1/rotations/R-20261122-0000", "/log/tile", "/log/", "/log/vkey",
  ])
  func `what is not there is said in the envelope, or as a problem where that is asked for`(path: String) throws {
    let envelope = door.answer(.get(path))
    #expect(envelope.status == 404)
    #expect(envelope.header("Content-Type") == "application/json")
    #expect(envelope.json?["success"] == false)
    #expect(envelope.json?["error_code"] == "NOT_FOUND")
    #expect(envelope.json?["explanation"]?["summary"]?.string?.isEmpty == false)
    #expect(envelope.json?["_meta"]?["correlation_id"]?.string == envelope.header("X-Correlation-ID"))
    let problem = door.answer(.get(path, ["Accept": "text/html;q=0.5, application/problem+json"]))
    #expect(problem.status == 404)
    #expect(problem.header("Content-Type") == "application/problem+json")
    #expect(problem.json?["status"] == 404)
    #expect(problem.json?["title"] == envelope.json?["explanation"]?["summary"])
  }

  @Test(arguments: ["*/*", "application/*", "application/json", "application/problem+json;q=0", ""])
  func `a problem is given to whoever names it, and to nobody else`(accept: String) {
    #expect(door.answer(.get("/nothing", ["Accept": accept])).header("Content-Type") == "application/json")
  }

  @Test(arguments: [
    "/log/tile/../secret", "/log/tile/../../secret", "/log/tile/..%2F..%2Fsecret", "/log/tile/%2e%2e/%2e%2e/secret",
    "/log/tile/entries/../../secret", "/log/tile/0/000.p/5/../../../../../secret", "/log/tile//secret",
    "/log/tile/0/000.p/5%00", "/log/tile/0/000.p/05", "/log/tile/0/000.p/257", "/log/tile/0/000", "/log/../secret",
    "/log/tile/..\\secret", "/log/tile/0/x000/000", "/log/tile/%2Fetc%2Fpasswd", "/log/secret", "/log/tile/-1/000",
  ])
  func `no spelling of a path leads out of the log's tiles`(path: String) {
    let answer = door.answer(.get(path))
    #expect(answer.status == 404)
    #expect(!answer.text.contains("secret"))
  }

  @Test func `a tile's slashes may come escaped`() {
    #expect(door.answer(.get("/log/tile/entries/000.p/5")).text == "log/tile/entries/000.p/5")
    #expect(door.answer(.get("/log/tile/entries%2F000.p%2F5")).text == "log/tile/entries/000.p/5")
    #expect(door.answer(.get("/log/checkpoint?now=1")).text == "log/checkpoint")
  }

  @Test func `the readiness route has the three shapes and a refusal, each exact`() throws {
    let path = DoorRoute.readiness.path
    #expect(door.answer(.get(path)).json == ["status": "ready"])
    #expect(Door(Sample.settings(readiness: .mock)).answer(.get(path)).json == ["status": "mock"])
    let finding = LiveFinding(.privateKey, .unusableKey)
    let broken = Door(Sample.settings(readiness: .notReady([finding])))
    let notReady = broken.answer(.get(path, ["X-Correlation-ID": "abc-1"]))
    #expect(notReady.status == 503)
    let meta: JSONValue = [
      "service": "keyturn", "version": "0.1.0", "timestamp": "2026-11-18T11:06:40Z", "correlation_id": "abc-1",
    ]
    #expect(
      notReady.json == [
        "success": false, "error_code": "SERVER_ERROR",
        "explanation": ["summary": "Maskinporten live-mode prerequisites are not satisfied"],
        "failures": [
          ["field": "MASKINPORTEN_PRIVATE_KEY", "reason": "invalid or unusable for JWT signing"]
        ], "_meta": meta,
      ])
    let refused = broken.answer(.get(path, bearer: "wrong"))
    #expect(refused.status == 401)
    #expect(Set(try #require(refused.json?.object).keys) == ["success", "error_code", "explanation", "_meta"])
    let problem = broken.answer(.get(path, ["Accept": "application/problem+json"]))
    #expect(problem.status == 503)
    #expect(problem.json?["failures"] == notReady.json?["failures"])
  }

  @Test func `a caller's names for its request come back, where they are fit for a log`() throws {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let named = door.reply(to: .get("/healthz", ["X-Correlation-ID": "a:b_c.d-1", "traceparent": trace]))
    #expect(named.answer.header("X-Correlation-ID") == "a:b_c.d-1")
    #expect(named.answer.header("traceparent") == trace)
    #expect(named.names.traceID == "0af7651916cd43dd8448eb211c80319c")
    for bad in ["", "a b", "a\"b", "a=b;c", "é", String(repeating: "a", count: 129)] {
      let own = try #require(door.answer(.get("/healthz", ["X-Correlation-ID": bad])).header("X-Correlation-ID"))
      #expect(own.count == 32 && own != bad)
    }
    let noParent = trace.replacing("b7ad6b7169203331", with: "0000000000000000")
    for bad in [trace.uppercased(), "01" + trace.dropFirst(2), String(trace.dropLast()), noParent] {
      #expect(door.answer(.get("/healthz", ["traceparent": bad])).header("traceparent") == nil, "\(bad)")
    }
  }

  @Test func `a state that cannot be read is said by every route that needs it, and by the metrics`() throws {
    view.fail(Failure(.stateDamaged, "the ledger is torn", remedy: ["restore the last backup"], cause: "page 3"))
    for route in [DoorRoute.dashboard, .rotations, .rotation, .expiry, .checkpoint, .tile] {
      let answer = door.answer(.get(route.path))
      #expect(answer.status == 503, "\(route)")
      #expect(answer.json?["error_code"] == "SERVER_ERROR")
      #expect(
        answer.json?["explanation"] == [
          "summary": "the ledger is torn", "why": "page 3", "fix_steps": ["restore the last backup"],
        ])
    }
    #expect(door.answer(.get("/metrics")).text.contains("\nkeyturn_state_readable 0.0\n"))
    #expect(door.answer(.get("/healthz")).status == 200)
  }

  @Test func `where nothing was ever seen the expiry is unknown, not empty`() {
    let answer = Door(Sample.settings(LedgerView([]))).answer(.get("/api/v1/expiry"))
    #expect(answer.status == 404)
    #expect(answer.json?["explanation"]?["fix_steps"] == ["Ask the portal itself: keyturn expiry RUNBOOK."])
  }

  @Test func `the document describes every route, with the methods that it takes`() throws {
    let text = door.answer(.get("/openapi.yaml", bearer: nil)).text
    let paths = text.split(separator: "\n").filter { $0.hasPrefix("  /") && $0.hasSuffix(":") }
      .map { String($0.dropFirst(2).dropLast()) }
    #expect(Set(paths) == Set(DoorRoute.allCases.map(\.rawValue)))
    #expect(!text.contains("additionalProperties: true"))
  }
}
