import Foundation
import RotationCore
import Testing

@testable import Simulator

struct SetupTests {
  @Test func `a scenario starts with an app that signs, foreign keys and private files`() async throws {
    let folder = try Folder()
    let clock = VirtualClock(Keys.start)
    var setup = SimulatorSetup.virtual(folder: folder.path + "/inner")
    setup.foreignKeys = 1
    setup.foreignKeysHaveUse = false
    let scenario = try setup.make(clock: clock)
    #expect(scenario.app.signingKid == scenario.outgoing.kid)
    #expect(scenario.app.readiness == .ready)
    let keys = scenario.world.listedKeys(of: setup.client)
    #expect(keys.map(\.kid.isUsable) == [true, true])
    #expect(keys[0].isSame(as: scenario.outgoing))
    #expect(keys[1].members["use"] == nil)

    scenario.watch(clock)
    try await clock.advance(by: .seconds(120))
    #expect(scenario.world.appGrantCounts == [scenario.outgoing.kid: GrantCount(granted: 12)])

    let runbook = try scenario.writeRunbook(port: 4711, reload: ["reload", "--now"])
    let text = try String(contentsOfFile: runbook, encoding: .utf8)
    #expect(text.contains("issuer: http://127.0.0.1:4711/\n"))
    #expect(text.contains("    reload: [\"reload\",\"--now\"]\n"))
    #expect(text.contains("timing:\n  propagation: 5m\n  overlap: 1d\n  quarantine: 30d\n  settle: 2m\n"))
    for secret in scenario.environment.values where secret.count > 40 { #expect(!text.contains(secret)) }
    for name in text.matches(of: /\$\{([A-Z_]+)\}/).map({ String($0.1) }) {
      #expect(scenario.environment[name]?.isEmpty == false, "\(name)")
    }
    for path in [runbook, scenario.environmentFile] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
    let announcement = scenario.announcement(port: 4711, runbook: runbook)
    #expect(announcement["port"] == 4711)
    #expect(announcement["env_file"] == .string(scenario.environmentFile))
    #expect(announcement["environment"]?["KEYTURN_PASSPHRASE"]?.string?.count == 64)
    _ = try scenario.writeRunbook(port: 4712, reload: nil)
    #expect(try String(contentsOfFile: runbook, encoding: .utf8).contains("reload:") == false)
  }

  @Test func `a file that somebody else wrote is left alone`() throws {
    let folder = try Folder()
    let path = folder.path + "/.env"
    try Data("MASKINPORTEN_KID=mine\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: Failure.self) { try RehearsalFiles(folder: folder.path).write("x", as: ".env") }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "MASKINPORTEN_KID=mine\n")
  }
}
