import Foundation
import RotationCore
import RunbookFile
import Testing

/// The files in `Runbooks/`, with an environment made up for them.
@Suite struct ShippedRunbookTests {
  private static let variables = [
    "MASKINPORTEN_CLIENT_ID": "client", "PORTAL_ADMIN_CLIENT_ID": "admin", "PORTAL_ADMIN_KID": "admin-kid",
    "PORTAL_ADMIN_PRIVATE_KEY": "pem", "INTERNAL_API_SECRET": "secret", "ONCALL_WEBHOOK": "https://hooks.example/x",
    "ONCALL_WEBHOOK_SECRET": "secret", "SIMULATOR_PORT": "4711", "SIMULATOR_ENV_FILE": "/tmp/keyturn/.env",
  ]

  private static func bytes(_ name: String) throws -> Data {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Data(contentsOf: root.appending(components: "Runbooks", name + ".yaml"))
  }

  private static func decode(_ name: String) throws -> (runbook: Runbook, warnings: [RunbookFinding]) {
    try RunbookDecoder.decode(bytes(name), folder: "/srv/keyturn/Runbooks", environment: variables)
  }

  @Test func `the production runbook is the contract's sample`() throws {
    let (runbook, warnings) = try Self.decode("maskinporten-production")
    #expect(warnings.isEmpty)
    #expect(runbook.name == "maskinporten-production")
    #expect(runbook.maskinporten.environment == .production)
    #expect(runbook.key == Runbook.Key(kidPattern: "apier-{date}-{thumbprint}"))
    #expect(
      runbook.window == MaintenanceWindow(days: [.tue, .wed, .thu], from: 1_200, until: 1_380, timeZone: "Europe/Oslo"))
    #expect(runbook.timing == Runbook.Timing())
    #expect(runbook.onFailure == .hold)
    #expect(runbook.notify.count == 1)
    #expect(
      runbook.targets == [
        Runbook.Target(
          kind: .dotenv(
            Runbook.Dotenv(path: "/srv/keyturn/Runbooks/app/.env", reload: ["systemctl", "restart", "app"])))
      ])
  }

  @Test func `the test runbook has no office hours`() throws {
    let (runbook, warnings) = try Self.decode("maskinporten-test")
    #expect(warnings.isEmpty)
    #expect(runbook.maskinporten.issuer == "https://test.maskinporten.no/")
    #expect(runbook.window == nil)
  }

  @Test func `the emergency runbook waits for nothing and goes back to nothing`() throws {
    let (runbook, warnings) = try Self.decode("emergency")
    #expect(warnings.isEmpty)
    #expect(runbook.emergency)
    #expect(runbook.onFailure == .hold)
    #expect(runbook.timing.overlap == .zero)
    #expect(runbook.timing.quarantine == .zero)
    #expect(runbook.key.minAge == .zero)
    #expect(runbook.window == nil)
    #expect(try runbook.targets == Self.decode("maskinporten-production").runbook.targets)
  }

  @Test func `the rehearsal stays on this machine`() throws {
    let (runbook, warnings) = try Self.decode("rehearsal")
    #expect(warnings.count == 1)
    #expect(runbook.maskinporten.environment == .custom)
    let addresses = [
      runbook.maskinporten.issuer, runbook.maskinporten.tokenEndpoint, runbook.maskinporten.selfServiceAPI,
    ]
    #expect(addresses.allSatisfy { $0?.hasPrefix("http://127.0.0.1:4711/") == true })
  }

  @Test(arguments: ["maskinporten-production", "maskinporten-test", "emergency", "rehearsal"])
  func `each names its variables in its first comment`(name: String) throws {
    let bytes = try Self.bytes(name)
    let comment = String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix { $0.hasPrefix("#") }.joined()
    let named = try Self.decode(name).runbook.variablesNamed
    #expect(!named.isEmpty)
    for variable in named { #expect(comment.contains(variable), "\(variable)") }
  }

  @Test(arguments: ["maskinporten-production", "maskinporten-test", "emergency", "rehearsal"])
  func `each says which variables are not set`(name: String) throws {
    do throws(RunbookRejected) {
      let bytes = (try? Self.bytes(name)) ?? Data()
      _ = try RunbookDecoder.decode(bytes, folder: "/", environment: [:])
      Issue.record("decoded without variables")
    } catch {
      #expect(error.findings.allSatisfy { $0.message.hasSuffix("which is not set") && $0.line > 1 })
    }
  }
}
