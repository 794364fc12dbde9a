import Foundation
import RotationCore
import RunbookFile
import Testing

@Suite struct RunbookDecoderTests {
  @Test func `a minimal runbook has the contract's defaults`() throws {
    let (runbook, warnings) = try RunbookSample.decode(RunbookSample.minimal)

    #expect(
      runbook
        == Runbook(
          name: "sample",
          maskinporten: Runbook.Maskinporten(
            environment: .production, clientID: ClientID("client"), scopes: ["a:b"], issuer: "https://maskinporten.no/",
            tokenEndpoint: "https://maskinporten.no/token",
            selfServiceAPI: "https://api.samarbeid.digdir.no/api/v1"),
          portal: .manual,
          targets: [Runbook.Target(kind: .dotenv(Runbook.Dotenv(path: "/srv/runbooks/app/.env")))],
          folder: "/srv/runbooks"))
    #expect(warnings.isEmpty)
    #expect(runbook.key.kidPattern == "{date}-{thumbprint}")
    #expect(runbook.key.bits == 3072)
    #expect(runbook.verification.budget == .seconds(600))
    #expect(runbook.timing.expiryWarning == .seconds(30 * 86_400))
  }

  @Test func `every member reaches its place in the runbook`() throws {
    let runbook = try RunbookSample.runbook(RunbookSample.complete)

    #expect(
      runbook.maskinporten
        == Runbook.Maskinporten(
          environment: .custom, clientID: ClientID("client-1"), scopes: ["a:b", "c:d.read"],
          issuer: "http://127.0.0.1:4711/", tokenEndpoint: "http://[::1]:4711/token",
          selfServiceAPI: "http://localhost:4711/api/v1", caFile: "/srv/ca.pem"))
    #expect(
      runbook.key
        == Runbook.Key(
          algorithm: .RS512, bits: 4096, kidPattern: "app.{date}-{thumbprint}_x", minAge: .seconds(90),
          use: KeyID("imported-key")))
    #expect(
      runbook.verification
        == Runbook.Verification(
          readinessURL: "https://site.example/ready", readinessSecret: SecretString("s3cret-ready"), successes: 100,
          interval: .seconds(1), budget: .seconds(3_600)))
    #expect(
      runbook.timing
        == Runbook.Timing(
          propagation: .seconds(60), overlap: .seconds(7_200), quarantine: .seconds(864_000), settle: .seconds(180),
          expiryWarning: .seconds(366 * 86_400)))
    #expect(
      runbook.window
        == MaintenanceWindow(days: [.mon, .sun], from: 1_200, until: 210, timeZone: "Europe/Oslo"))
    #expect(runbook.approvals == Runbook.Approvals(swap: 1, retire: 2))
    #expect(runbook.onFailure == .rollback)
    #expect(!runbook.emergency)
    #expect(
      runbook.notify
        == [
          Runbook.Webhook(
            url: SecretString("https://hooks.example/s3cret-url"), secret: SecretString("s3cret-webhook"))
        ])
    #expect(
      runbook.variablesNamed
        == ["CLIENT", "PORT", "ADMIN_KEY", "TOKEN", "HOOK", "BYPASS", "READY", "HOOK_URL", "HOOK_SECRET"])
  }

  @Test func `a self-service portal has its admin client`() throws {
    let runbook = try RunbookSample.runbook(RunbookSample.complete)
    #expect(throws: RunbookRejected.self) {
      try RunbookSample.runbook(RunbookSample.complete.replacing("admin_kid: admin-kid", with: "admin_kid: ''"))
    }
    let key = SecretString("-----BEGIN s3cret-admin\n-----END\n")
    #expect(
      runbook.portal
        == .selfService(
          Runbook.AdminClient(
            clientID: ClientID("admin"), kid: KeyID("admin-kid"), privateKey: key, scopes: ["x"])))
  }

  @Test func `each kind of target keeps its members`() throws {
    let targets = try RunbookSample.runbook(RunbookSample.complete).targets
    let dotenv = Runbook.Dotenv(
      path: "/srv/runbooks/.env", encoding: .base64, variables: Runbook.Variables(kid: "KID", privateKey: "KEY"),
      reload: ["/srv/runbooks/bin/reload", "", "client-1"], reloadTimeout: .seconds(300))
    let vercel = Runbook.Vercel(
      token: SecretString("s3cret-token"), project: "site", team: "team_1", variables: Runbook.Variables(kid: "K"),
      type: .encrypted, deploy: .hook(url: SecretString("https://hooks.example/s3cret-hook")), promote: false,
      staged: true, protectionBypass: SecretString("s3cret-bypass"), api: "http://127.0.0.2:9000")
    let exec = Runbook.Exec(
      command: ["push", "--all"], timeout: .seconds(30),
      settings: [
        "name": "x-client-1", "count": 3, "ratio": .number(0.5), "on": true, "deep": [["a": ""], []],
      ])

    try #require(targets.count == 3)
    #expect(
      targets[0] == Runbook.Target(kind: .dotenv(dotenv), beaconURL: "http://127.0.0.1:3000/signer?full=1"))
    #expect(targets[1] == Runbook.Target(kind: .vercel(vercel), beaconURL: "https://site.example/signer"))
    #expect(targets[2] == Runbook.Target(kind: .exec(exec), beaconURL: "https://site.example/other"))
  }

  @Test func `the test environment brings its own addresses`() throws {
    let text = RunbookSample.minimal.replacing("environment: production", with: "environment: test")
    let maskinporten = try RunbookSample.runbook(text).maskinporten

    #expect(maskinporten.issuer == "https://test.maskinporten.no/")
    #expect(maskinporten.tokenEndpoint == "https://test.maskinporten.no/token")
    #expect(maskinporten.selfServiceAPI == "https://api.test.samarbeid.digdir.no/api/v1")
  }

  @Test func `another self-service base replaces the environment's`() throws {
    let text = RunbookSample.minimal.replacing(
      "  client_id: client", with: "  client_id: client\n  self_service_api: https://api.example/v2/")
    #expect(try RunbookSample.runbook(text).maskinporten.selfServiceAPI == "https://api.example/v2")
  }

  @Test(arguments: [
    ("app/.env", "/srv/runbooks/app/.env"), ("/etc/./x//y/../.env", "/etc/x/.env"), ("../../../../a", "/a"),
    ("./.env", "/srv/runbooks/.env"),
  ])
  func `paths are absolute and without detours`(written: String, expected: String) throws {
    let text = RunbookSample.minimal.replacing("path: app/.env", with: "path: \(written)")
    #expect(
      try RunbookSample.runbook(text).targets == [Runbook.Target(kind: .dotenv(Runbook.Dotenv(path: expected)))])
  }

  @Test(arguments: ["\u{FEFF}", "# comment\n", "%YAML 1.2\n---\n", "\r\n"])
  func `what may stand before a document changes nothing`(prefix: String) throws {
    #expect(try RunbookSample.runbook(prefix + RunbookSample.minimal).name == "sample")
  }

  @Test func `line ends of Windows keep lines and columns`() throws {
    let text = RunbookSample.minimal + "key:\n  bits: 1\n"
    let expected = ["12:9: `key.bits` must be 2048, 3072 or 4096"]
    #expect(RunbookSample.findings(text.replacing("\n", with: "\r\n")) == expected)
    #expect(RunbookSample.findings("\u{FEFF}" + text) == expected)
  }

  @Test func `all findings come at once and in order`() {
    let text = """
      maskinporten:
        environment: production
        client_id: ${NOT_SET}
        scopes: []
        issuer: https://issuer.example/
      key: { bits: 1024, kid: plain, colour: red }
      portal:
        kind: self-service
      targets:
        - kind: dotenv
          path:
        - kind: vault
      timing:
        overlap: 90
      emergency: yes
      """
    #expect(
      RunbookSample.findings(text) == [
        "1:1: `name` is missing",
        "3:14: `maskinporten.client_id` needs the environment variable NOT_SET, which is not set",
        "4:11: `maskinporten.scopes` must not be empty",
        "5:3: `maskinporten.issuer` is for `environment: custom` only; production and test have theirs built in",
        "6:14: `key.bits` must be 2048, 3072 or 4096",
        "6:25: `key.kid` must hold {thumbprint}, so that no kid ever names two keys",
        "6:32: unknown key `colour` in `key`; known here: algorithm, bits, kid, min_age, use",
        "7:1: `portal.admin_client_id` is missing; a self-service portal needs its admin client",
        "7:1: `portal.admin_key` is missing; a self-service portal needs its admin client",
        "7:1: `portal.admin_kid` is missing; a self-service portal needs its admin client",
        "11:5: `targets[0].path` is null; give a value, or leave the key out",
        "12:11: `targets[1].kind` vault is not available yet; an `exec` target can reach it",
        "14:12: `timing.overlap` must be a duration such as 90s, 5m, 24h or 30d, at most 366d",
        "15:12: `emergency` must be true or false",
      ])
  }
}
