import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import ControlServer

@Suite struct AccessTests {
  private let log: PublishedLog
  private let clock = ManualClock(Sample.now)
  private let door: Door

  init() throws {
    log = try PublishedLog()
    door = Door(Sample.settings(LedgerView(log: log.path), clock: clock))
  }

  /// What each route says to: somebody here without a secret, somebody outside without one, a wrong one, the right one.
  private static let matrix: [(route: DoorRoute, here: Int, outside: Int, wrong: Int, right: Int)] = [
    (.readiness, 401, 401, 401, 200), (.health, 200, 200, 200, 200), (.metrics, 200, 401, 401, 200),
    (.dashboard, 401, 401, 401, 200), (.session, 405, 405, 405, 405), (.rotations, 401, 401, 401, 200),
    (.rotation, 401, 401, 401, 200), (.expiry, 401, 401, 401, 200), (.checkpoint, 401, 401, 401, 200),
    (.tile, 401, 401, 401, 200), (.openAPI, 200, 200, 200, 200),
  ]

  @Test func `every route lets in whom it should, and nobody else`() {
    #expect(Set(Self.matrix.map(\.route)) == Set(DoorRoute.allCases))
    for (route, here, outside, wrong, right) in Self.matrix {
      func status(_ bearer: String?, isHere: Bool = false) -> Int {
        var request = DoorRequest.get(route.path, bearer: bearer)
        request.peerIsLoopback = isHere
        return door.answer(request).status
      }
      #expect(status(nil, isHere: true) == here, "\(route) here")
      #expect(status(nil) == outside, "\(route) outside")
      #expect(status(String(Sample.secret.dropLast()) + "x") == wrong, "\(route) wrong")
      #expect(status(Sample.secret) == right, "\(route) right")
    }
  }

  @Test func `without a usable secret no bearer opens anything, the empty one included`() {
    let shut = Door(Sample.settings(LedgerView(log: log.path), secret: nil))
    for route in DoorRoute.allCases where route.admits == .bearer || route.admits == .bearerOrSession {
      for bearer in [nil, "", "nil", Sample.secret] {
        #expect(shut.answer(.get(route.path, bearer: bearer)).status == 401, "\(route)")
      }
    }
    #expect(shut.answer(.login("secret=")).status == 401)
  }

  @Test func `only the whole secret opens, whatever it shares with the right one`() {
    let wrong =
      Sample.secret.indices.map { String(Sample.secret[..<$0]) }
      + [Sample.secret + "0", " ", Sample.secret.uppercased(), "\(Sample.secret), x"]
    for bearer in wrong { #expect(door.answer(.get("/api/v1/rotations", bearer: bearer)).status == 401, "\(bearer)") }
  }

  @Test func `the scheme's name is read in any case, and no other scheme is`() {
    func status(_ value: String) -> Int {
      door.answer(.get("/api/v1/rotations", bearer: nil, ["Authorization": value])).status
    }
    #expect(status("bearer \(Sample.secret)") == 200)
    #expect(status("BEARER  \(Sample.secret)") == 200)
    for other in ["Basic \(Sample.secret)", Sample.secret, "Bearer\(Sample.secret)", "Bearer", ""] {
      #expect(status(other) == 401, "\(other)")
    }
  }

  @Test func `metrics ask for the bearer as soon as somebody else may be asking`() {
    #expect(door.answer(.get("/metrics", bearer: nil)).status == 200)
    for name in [
      "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via", "CF-Connecting-IP",
      "Host",
    ] {
      #expect(door.answer(.get("/metrics", bearer: nil, [name: "for=192.0.2.1"])).status == 401, "\(name)")
    }
    for (host, status) in [
      ("localhost", 200), ("127.0.0.1", 200), ("[::1]:8080", 200), ("rebound.example:8080", 401),
      ("127.0.0.1.example", 401), ("[2001:db8::1]", 401), ("localhost.", 200), ("LOCALHOST:1", 200), ("127.1", 401),
      ("127.0.0.1:abc", 401), ("127.0.0.1:70000", 401), ("[::1].example", 401), ("localhost..", 401), ("", 401),
    ] {
      var request = DoorRequest.get("/metrics", bearer: nil)
      request.host = host
      #expect(door.answer(request).status == status, "\(host)")
    }
  }

  @Test func `the login's cookie opens the dashboard and nothing else`() throws {
    let answer = door.answer(.login("secret=\(Sample.secret)"))
    #expect(answer.status == 303)
    #expect(answer.header("Location") == "/")
    let set = try #require(answer.header("Set-Cookie"))
    #expect(set.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
    let cookie = ["Cookie": "theme=dark; " + set.prefix { $0 != ";" }]
    #expect(door.answer(.get("/", bearer: nil, cookie)).status == 200)
    #expect(door.answer(.get("/api/v1/rotations", bearer: nil, cookie)).status == 401)
  }

  @Test func `a cookie ends with its time and its process, and cannot be altered`() throws {
    let set = try #require(door.answer(.login("secret=\(Sample.secret)")).header("Set-Cookie"))
    let cookie = String(set.prefix { $0 != ";" })
    func status(_ cookie: String, at door: Door) -> Int {
      door.answer(.get("/", bearer: nil, ["Cookie": cookie])).status
    }
    #expect(status(cookie, at: Door(Sample.settings())) == 401)
    let parts = cookie.dropFirst("keyturn_session=".count).split(separator: ".")
    let end = try #require(Int(parts[0]))
    for altered in ["\(end + 1).\(parts[1]).\(parts[2])", "\(end).x.\(parts[2])", "\(end).\(parts[1]).", "", "..", "x"]
    {
      #expect(status("keyturn_session=\(altered)", at: door) == 401, "\(altered)")
    }
    clock.advance(by: .seconds(8 * 3_600 - 1))
    #expect(status(cookie, at: door) == 200)
    clock.advance(by: .seconds(1))
    #expect(status(cookie, at: door) == 401)
  }

  @Test func `the login refuses a wrong secret and whatever is no form`() {
    #expect(door.answer(.login("secret=wrong")).status == 401)
    #expect(door.answer(.login("secret=wrong")).header("Set-Cookie") == nil)
    #expect(door.answer(.login("{}", type: "application/json")).status == 415)
    #expect(door.answer(.login("secret=a&secret=b")).status == 415)
    #expect(door.answer(.login("")).status == 415)
  }

  @Test func `a cookie given from outside travels over TLS alone`() throws {
    var request = DoorRequest.login("secret=\(Sample.secret)")
    request.peerIsLoopback = false
    #expect(try #require(door.answer(request).header("Set-Cookie")).hasSuffix("; Secure"))
  }

  @Test func `a browser that is not let in gets the login page, a program gets the envelope`() {
    let page = door.answer(.get("/", bearer: nil, ["Accept": "text/html,*/*;q=0.8"]))
    #expect(page.status == 401)
    #expect(page.header("Content-Type") == "text/html; charset=utf-8")
    #expect(page.text.contains("<form method=\"post\" action=\"/session\">"))
    let envelope = door.answer(.get("/", bearer: nil))
    #expect(envelope.json?["error_code"] == "UNAUTHORIZED")
    #expect(envelope.header("WWW-Authenticate") == "Bearer realm=\"keyturn\"")
  }
}
