import Foundation
import RotationCore
import Testing

@testable import Simulator

struct AppTests {
  private let folder: Folder
  private let fixture: Fixture
  private let app: SimulatedApp
  private var file: String { folder.path + "/.env" }

  init() throws {
    folder = try Folder()
    fixture = try Fixture()
    app = SimulatedApp(
      world: fixture.world, environmentFile: folder.path + "/.env", scopes: [Fixture.scope], keys: Keys.store,
      clock: fixture.clock)
  }

  private func write(_ key: KeyName, mode: String = "live") throws {
    let pem = try key.pem()
    try Data(
      """
      MASKINPORTEN_MODE=\(mode)
      MASKINPORTEN_CLIENT_ID=\(Fixture.id)
      MASKINPORTEN_KID=\(key.rawValue)
      MASKINPORTEN_PRIVATE_KEY='\(pem)'
      INTERNAL_API_SECRET=a-secret-of-the-app
      """.utf8
    ).write(to: URL(fileURLWithPath: file))
  }

  @Test func `a file that changed is no key in use before the reload`() throws {
    try write(.client)
    try app.reload()
    #expect(app.call().granted)
    try write(.other)
    #expect(app.signingKid == KeyID("client"))
    #expect(app.call().kid == KeyID("client"))
    try app.reload()
    #expect(app.signingKid == KeyID("other"))
    let refused = app.call()
    #expect(!refused.granted)
    #expect(refused.error?.hasPrefix("Unknown key identifier (kid)") == true)
    #expect(
      fixture.world.appGrantCounts
        == [KeyID("client"): GrantCount(granted: 2), KeyID("other"): GrantCount(refused: 1)])
  }

  @Test func `a reload that fails leaves the old key in use`() throws {
    try write(.client)
    try app.reload()
    try Data("MASKINPORTEN_KID=x\nMASKINPORTEN_PRIVATE_KEY=nonsense\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(throws: Failure.self) { try app.reload() }
    try Data("MASKINPORTEN_KID=x\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(throws: Failure.self) { try app.reload() }
    try FileManager.default.removeItem(atPath: file)
    #expect(throws: Failure.self) { try app.reload() }
    #expect(app.signingKid == KeyID("client"))
    #expect(app.call().granted)
    #expect(app.reloads == 1)
  }

  @Test func `readiness follows what is loaded and may pretend`() throws {
    #expect(app.readiness == .mock)
    try write(.client, mode: "mock")
    try app.reload()
    #expect(app.readiness == .mock)
    try write(.client)
    try app.reload()
    #expect(app.readiness == .ready)
    let failure = ReadinessFinding(field: "MASKINPORTEN_KID", reason: "missing")
    app.pretend(.notReady(failures: [failure]))
    let answer = app.answer(.readiness, authorization: "Bearer a-secret-of-the-app", now: Keys.start)
    #expect(answer.status == 503)
    #expect(answer.json?["failures"] == [["field": "MASKINPORTEN_KID", "reason": "missing"]])
    app.pretend(nil)
    #expect(app.readiness == .ready)
    for wrong in [nil, "", "Bearer ", "Bearer x", "a-secret-of-the-app"] {
      #expect(app.answer(.readiness, authorization: wrong, now: Keys.start).status == 401)
    }
  }

  @Test func `traffic goes on until its limit`() async throws {
    try write(.client)
    try app.reload()
    await AppTraffic(app: app, interval: .zero, limit: 5).run()
    #expect(fixture.world.appGrantCounts == [KeyID("client"): GrantCount(granted: 5)])
  }

  @Test(arguments: [
    ("A=1\nB = two words \n", ["A": "1", "B": "two words"]),
    ("# A=1\n\nexport A='x\ny'\nB=\"1\\n2\"\n", ["A": "x\ny", "B": "1\n2"]),
    ("A='a=b\nC=d'\nB=", ["A": "a=b\nC=d", "B": ""]),
    ("A=1\r\nA=2\r\nnonsense\r\nB='\\n'", ["A": "2", "B": "\\n"]),
    ("A='open\nB=2", ["A": "'open", "B": "2"]),
    ("", [:]),
  ])
  func `the environment file is read as dotenv does`(text: String, variables: [String: String]) {
    #expect(EnvironmentFile.parse(text) == variables)
  }
}
