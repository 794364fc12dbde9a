import Foundation
import RotationCore
import RunbookFile

/// Runbooks in text, with the ways in which tests look at them.
enum RunbookSample {
  /// Ten lines; whatever a test appends begins on line 11.
  static let minimal = """
    name: sample
    maskinporten:
      environment: production
      client_id: client
      scopes: [a:b]
    portal:
      kind: manual
    targets:
      - kind: dotenv
        path: app/.env

    """

  /// The same in `environment: custom`, where what is appended begins on line 12.
  static let custom = """
    name: sample
    maskinporten:
      environment: custom
      client_id: client
      scopes: [a:b]
      issuer: http://127.0.0.1:8080/
      token_endpoint: http://127.0.0.1:8080/token
    portal: { kind: manual }
    targets:
      - kind: dotenv
        path: app/.env

    """

  /// Every member that a runbook may hold, but for those that exclude one another.
  static let complete = """
    name: complete
    maskinporten:
      environment: custom
      client_id: ${CLIENT}
      scopes: ["a:b", "c:d.read"]
      self_service_api: http://localhost:${PORT}/api/v1/
      ca_file: ../ca.pem
      issuer: http://127.0.0.1:${PORT}/
      token_endpoint: http://[::1]:${PORT}/token
    key:
      algorithm: RS512
      bits: 4096
      kid: "app.{date}-{thumbprint}_x"
      min_age: 90s
      use: imported-key
    portal:
      kind: self-service
      admin_client_id: admin
      admin_kid: admin-kid
      admin_key: ${ADMIN_KEY}
      admin_scopes: [x]
    targets:
      - kind: dotenv
        path: ./a/../.env
        encoding: base64
        variables: { kid: KID, private_key: KEY }
        reload: ["bin/reload", "", "${CLIENT}"]
        reload_timeout: 5m
        beacon_url: http://127.0.0.1:3000/signer?full=1
      - kind: vercel
        token: ${TOKEN}
        project: site
        team: team_1
        environment: production
        variables: { kid: K }
        type: encrypted
        deploy: hook
        hook_url: https://hooks.example/${HOOK}
        promote: false
        staged: true
        protection_bypass: ${BYPASS}
        api: http://127.0.0.2:9000/
        beacon_url: https://site.example/signer
      - kind: exec
        command: [push, "--all"]
        timeout: 30s
        settings: { name: "x-${CLIENT}", count: 3, ratio: 0.5, on: true, deep: [{ a: "" }, []] }
        beacon_url: https://site.example/other
    verification:
      readiness_url: https://site.example/ready
      readiness_secret: ${READY}
      successes: 100
      interval: 1s
      budget: 1h
    timing: { propagation: 1m, overlap: 2h, quarantine: 10d, settle: 3m, expiry_warning: 366d }
    window: { days: [mon, sun], from: 20:00, until: "03:30", time_zone: Europe/Oslo }
    approvals: { swap: 1, retire: 2 }
    on_failure: rollback
    emergency: false
    notify:
      - { kind: webhook, url: "${HOOK_URL}", secret: "${HOOK_SECRET}" }

    """

  static let variables = [
    "CLIENT": "client-1", "PORT": "4711", "ADMIN_KEY": "-----BEGIN s3cret-admin\n-----END\n", "TOKEN": "s3cret-token",
    "HOOK": "s3cret-hook", "BYPASS": "s3cret-bypass", "READY": "s3cret-ready",
    "HOOK_URL": "https://hooks.example/s3cret-url", "HOOK_SECRET": "s3cret-webhook", "UNUSED": "s3cret-unused",
  ]

  static func decode(_ text: String, variables: [String: String] = variables) throws(RunbookRejected) -> (
    runbook: Runbook, warnings: [RunbookFinding]
  ) {
    try RunbookDecoder.decode(Data(text.utf8), folder: "/srv/runbooks", environment: variables)
  }

  static func runbook(_ text: String) throws(RunbookRejected) -> Runbook { try decode(text).runbook }

  /// What `runbook check` prints behind the file's name; empty for a good runbook.
  static func findings(_ text: String, variables: [String: String] = variables) -> [String] {
    findings(Data(text.utf8), variables: variables)
  }

  static func findings(_ bytes: Data, variables: [String: String] = variables) -> [String] {
    do throws(RunbookRejected) {
      _ = try RunbookDecoder.decode(bytes, folder: "/srv/runbooks", environment: variables)
      return []
    } catch {
      return error.findings.map(printed)
    }
  }

  static func warnings(_ text: String) throws(RunbookRejected) -> [String] { try decode(text).warnings.map(printed) }

  private static func printed(_ finding: RunbookFinding) -> String {
    "\(finding.line):\(finding.column): \(finding.message)"
  }
}
