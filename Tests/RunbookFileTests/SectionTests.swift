import Foundation
import RotationCore
import RunbookFile
import Testing

/// What the members of a section ask of one another.
@Suite struct SectionTests {
  @Test func `an empty mapping lacks what the contract requires`() {
    #expect(
      RunbookSample.findings("{}") == [
        "1:1: `maskinporten` is missing", "1:1: `name` is missing", "1:1: `portal` is missing",
        "1:1: `targets` is missing",
      ])
    #expect(
      RunbookSample.findings("# notes\n\nname: x\nmaskinporten: {}\nportal: {}\ntargets: []\n") == [
        "4:1: `maskinporten.client_id` is missing", "4:1: `maskinporten.environment` is missing",
        "4:1: `maskinporten.scopes` is missing", "5:1: `portal.kind` is missing", "6:10: `targets` must not be empty",
      ])
  }

  @Test func `custom needs addresses, and a self-service portal one more`() {
    let text = RunbookSample.minimal.replacing("environment: production", with: "environment: custom")
    #expect(
      RunbookSample.findings(text) == [
        "2:1: `maskinporten.issuer` is missing; `environment: custom` has none built in",
        "2:1: `maskinporten.token_endpoint` is missing; `environment: custom` has none built in",
      ])
    let portal = """
      { kind: self-service, admin_client_id: a, admin_kid: k, admin_key: "${ADMIN_KEY}" }
      """
    #expect(
      RunbookSample.findings(RunbookSample.custom.replacing("{ kind: manual }", with: portal)) == [
        "2:1: `maskinporten.self_service_api` is missing; a self-service portal needs it, "
          + "and `environment: custom` has none built in"
      ])
  }

  @Test func `production and test take no addresses of their own`() {
    for environment in ["production", "test"] {
      let text = RunbookSample.custom.replacing("environment: custom", with: "environment: \(environment)")
      let claim = "is for `environment: custom` only; production and test have theirs built in"
      #expect(
        RunbookSample.findings(text) == [
          "6:3: `maskinporten.issuer` \(claim)", "7:3: `maskinporten.token_endpoint` \(claim)",
        ])
    }
  }

  @Test func `an environment that is none is the only thing said about addresses`() {
    let text = RunbookSample.custom.replacing("environment: custom", with: "environment: costum")
    #expect(
      RunbookSample.findings(text) == [
        "3:16: `maskinporten.environment` must be production, test or custom; did you mean custom?"
      ])
  }

  @Test func `a custom environment with production's issuer is warned of`() throws {
    let text = RunbookSample.custom.replacing("http://127.0.0.1:8080/\n", with: "https://maskinporten.no/\n")
    #expect(
      try RunbookSample.warnings(text) == [
        "6:11: this is the issuer of `environment: production`, where the overlap has a floor; here it has none"
      ])
  }

  @Test func `a manual portal asks for no admin client and no variable of one`() throws {
    let text = RunbookSample.minimal.replacing(
      "  kind: manual", with: "  kind: manual\n  admin_key: ${NOT_SET}\n  admin_kid: x")
    let (runbook, warnings) = try RunbookSample.decode(text)
    #expect(runbook.portal == .manual)
    #expect(runbook.variablesNamed == ["NOT_SET"])
    #expect(
      warnings.map(\.message) == [
        "`portal.admin_key` is not used with `kind: manual`", "`portal.admin_kid` is not used with `kind: manual`",
      ])
  }

  @Test func `a self-service portal has standard scopes`() throws {
    let text = RunbookSample.complete.replacing("  admin_scopes: [x]\n", with: "")
    guard case .selfService(let admin) = try RunbookSample.runbook(text).portal else {
      Issue.record("no admin client")
      return
    }
    #expect(admin.scopes == ["idporten:dcr.read", "idporten:dcr.write"])
  }

  // MARK: Timing

  @Test(arguments: ["production", "test"])
  func `the overlap has a floor in production and test`(environment: String) {
    let base = RunbookSample.minimal.replacing("environment: production", with: "environment: \(environment)")
    let claim =
      "`timing.overlap` must be at least 7630s (propagation, 7200s of token life and 130s) in production and test"
    #expect(RunbookSample.findings(base + "timing: { overlap: 7629s }\n") == ["11:20: \(claim)"])
    #expect(RunbookSample.findings(base + "timing: { overlap: 7630s }\n").isEmpty)
    #expect(
      RunbookSample.findings(base + "timing: { propagation: 23h }\n") == [
        "11:24: `timing.overlap` must be at least 90130s (propagation, 7200s of token life and 130s) "
          + "in production and test"
      ])
  }

  @Test func `custom takes any overlap and warns`() throws {
    #expect(
      try RunbookSample.warnings(RunbookSample.custom + "timing: { propagation: 1s, overlap: 5s }\n") == [
        "12:37: `timing.overlap` is shorter than the floor of production and test, "
          + "7331s (propagation, 7200s of token life and 130s)"
      ])
    #expect(try RunbookSample.warnings(RunbookSample.custom).isEmpty)
  }

  @Test func `an emergency has no floor, no quarantine and no window`() throws {
    let tail = """
      timing: { overlap: 0s, quarantine: 30d }
      window: { days: [mon], from: "20:00", until: "21:00", time_zone: Europe/Oslo }
      emergency: true

      """
    let (runbook, warnings) = try RunbookSample.decode(RunbookSample.minimal + tail)
    #expect(runbook.emergency)
    #expect(runbook.timing.overlap == .zero)
    #expect(runbook.timing.quarantine == .zero)
    #expect(runbook.window == nil)
    #expect(
      warnings.map(\.message) == [
        "`timing.quarantine` is not used when `emergency` is true: the tainted key has none",
        "`window` is not used when `emergency` is true",
      ])
    #expect(warnings.map(\.line) == [11, 12])
  }

  @Test(arguments: ["", "timing: { settle: 2m }\n"])
  func `an emergency that gives no overlap has none`(timing: String) throws {
    let (runbook, warnings) = try RunbookSample.decode(RunbookSample.minimal + timing + "emergency: true\n")
    #expect(warnings.isEmpty)
    #expect(runbook.timing.overlap == .zero && runbook.timing.quarantine == .zero)
  }

  @Test func `an emergency keeps the overlap and the approvals that it gives, and is warned of the first`() throws {
    let (runbook, warnings) = try RunbookSample.decode(
      RunbookSample.minimal + "timing: { overlap: 90s }\napprovals: { retire: 1 }\nemergency: true\n")
    #expect(runbook.timing.overlap == .seconds(90))
    #expect(runbook.approvals == Runbook.Approvals(swap: 0, retire: 1))
    #expect(warnings.map(\.message) == ["`timing.overlap` keeps the tainted key listed for 90s after `verified`"])
    #expect(warnings.map(\.column) == [20])
  }

  @Test func `an emergency that rolls back by itself is refused`() {
    #expect(
      RunbookSample.findings(RunbookSample.minimal + "on_failure: rollback\nemergency: true\n") == [
        "11:13: `on_failure` must be hold when `emergency` is true: a rollback would bring the tainted key back"
      ])
  }

  @Test func `a short propagation is warned of`() throws {
    #expect(
      try RunbookSample.warnings(RunbookSample.minimal + "timing: { propagation: 119s }\n") == [
        "11:24: `timing.propagation` is shorter than the two minutes that Digdir names"
      ])
  }

  // MARK: Targets

  @Test(arguments: [
    ("- {}", "9:5: `targets[0].kind` is missing"), ("- x", "9:5: `targets[0]` must be a mapping"),
    ("- kind: dotnev\n    path: x", "9:11: `targets[0].kind` must be dotenv, vercel or exec; did you mean dotenv?"),
    (
      "- kind: kubernetes\n    server: x",
      "9:11: `targets[0].kind` kubernetes is not available yet; an `exec` target can reach it"
    ),
    (
      "- kind: aws-secrets-manager",
      "9:11: `targets[0].kind` aws-secrets-manager is not available yet; an `exec` target can reach it"
    ),
    ("- kind: dotenv", "9:5: `targets[0].path` is missing"),
    ("- kind: dotenv\n    path: app/", "10:11: `targets[0].path` must name a file, not a folder"),
    (
      "- kind: dotenv\n    path: a\n    encoding: raw",
      "11:15: `targets[0].encoding` must be single-quoted, double-quoted, escaped or base64"
    ),
    (
      "- kind: dotenv\n    path: a\n    variables: { kid: 2A }",
      "11:23: `targets[0].variables.kid` must be a variable's name: letters, digits and `_`, no digit first"
    ),
    (
      "- kind: dotenv\n    path: a\n    variables: { kid: MASKINPORTEN_PRIVATE_KEY }",
      "11:16: `targets[0].variables` must name two different variables"
    ),
    (
      "- kind: dotenv\n    path: a\n    reload: restart app",
      "11:13: `targets[0].reload` must be a list: a program and its arguments, no shell line"
    ),
    ("- kind: dotenv\n    path: a\n    reload: []", "11:13: `targets[0].reload` must not be empty"),
    (
      "- kind: dotenv\n    path: a\n    reload: [sleep, 5]",
      "11:21: `targets[0].reload[1]` must be text; put it in quotes"
    ),
    ("- kind: dotenv\n    path: a\n    reload_timeout: 0s", "11:21: `targets[0].reload_timeout` must be at least 1s"),
    (
      "- kind: dotenv\n    path: a\n    token: x",
      "11:5: unknown key `token` in `targets[dotenv]`; it belongs in `targets[vercel]`"
    ),
    ("- kind: exec\n    settings: []", "9:5: `targets[0].command` is missing"),
    ("- kind: exec\n    command: [x]\n    settings: []", "11:15: `targets[0].settings` must be a mapping"),
    (
      "- kind: exec\n    command: [x]\n    settings: { a: .nan }",
      "11:20: `targets[0].settings.a` is no number that JSON can hold"
    ),
    ("- kind: vercel\n    token: ${TOKEN}", "9:5: `targets[0].project` is missing"),
    (
      "- kind: vercel\n    token: ${TOKEN}\n    project: p\n    environment: preview",
      "12:18: `targets[0].environment` must be production"
    ),
    (
      "- kind: vercel\n    token: ${TOKEN}\n    project: p\n    deploy: hook",
      "9:5: `targets[0].hook_url` is missing; `deploy: hook` calls it"
    ),
    (
      "- kind: vercel\n    token: ${TOKEN}\n    project: p\n    hook_url: https://h.example/${HOOK}",
      "12:5: `targets[0].hook_url` is for `deploy: hook` only"
    ),
    (
      "- kind: vercel\n    token: ${TOKEN}\n    project: p\n    api: https://v.example",
      "12:5: `targets[0].api` is for `environment: custom` only"
    ),
    (
      "- kind: vercel\n    token: ${TOKEN}\n    project: p\n    promote: maybe",
      "12:14: `targets[0].promote` must be true or false"
    ),
  ])
  func `a target has the members of its kind`(target: String, expected: String) {
    let text = RunbookSample.minimal.replacing("- kind: dotenv\n    path: app/.env", with: target)
    #expect(RunbookSample.findings(text).first == expected)
  }

  @Test func `a vercel target has the contract's defaults`() throws {
    let target = "- kind: vercel\n    token: ${TOKEN}\n    project: p"
    let text = RunbookSample.minimal.replacing("- kind: dotenv\n    path: app/.env", with: target)
    let expected = Runbook.Vercel(token: SecretString("s3cret-token"), project: "p")
    #expect(try RunbookSample.runbook(text).targets == [Runbook.Target(kind: .vercel(expected))])
    #expect(expected.api == "https://api.vercel.com")
  }

  @Test func `no target stands twice, by whatever name`() {
    let vercel = "  - { kind: vercel, token: \"${TOKEN}\", project: p }\n"
    let exec = "  - { kind: exec, command: [\"./push\"] }\n"
    let tail =
      "  - { kind: dotenv, path: ./x/../app/.env }\n" + vercel + vercel + exec
      + "  - { kind: exec, command: [/srv/runbooks/push] }\n  - { kind: exec, command: [\"./push\", a] }\n"
    #expect(
      RunbookSample.findings(RunbookSample.minimal + tail) == [
        "11:5: `targets[1]` is the same target as `targets[0]`",
        "13:5: `targets[3]` is the same target as `targets[2]`",
        "15:5: `targets[5]` is the same target as `targets[4]`",
      ])
  }

  @Test func `a probe without its secret is warned of`() throws {
    #expect(
      try RunbookSample.warnings(RunbookSample.minimal + "verification: { readiness_url: \"https://a.example\" }\n")
        == [
          "11:32: `verification.readiness_url` is asked without a secret; the probe answers 401 unless it is open"
        ])
  }
}
