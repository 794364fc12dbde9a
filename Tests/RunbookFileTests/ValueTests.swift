import Foundation
import RotationCore
import RunbookFile
import Testing

/// What each value must be, and where a wrong one is pointed at.
@Suite struct ValueTests {
  private static let duration = "must be a duration such as 90s, 5m, 24h or 30d, at most 366d"
  private static let text = "must be text; put it in quotes"
  private static let zone = "must be a time zone of the IANA database"

  @Test(arguments: [
    ("key: { bits: 3000 }", "11:14: `key.bits` must be 2048, 3072 or 4096"),
    ("key: { bits: \"2048\" }", "11:14: `key.bits` must be 2048, 3072 or 4096"),
    ("key: { bits: 2048.0 }", "11:14: `key.bits` must be 2048, 3072 or 4096"),
    ("key: { bits: 99999999999999999999 }", "11:14: `key.bits` must be 2048, 3072 or 4096"),
    ("key: { bits: [2048] }", "11:14: `key.bits` must be 2048, 3072 or 4096"),
    ("key: { algorithm: RS257 }", "11:19: `key.algorithm` must be RS256, RS384 or RS512; did you mean RS256?"),
    ("key: { algorithm: PS256x }", "11:19: `key.algorithm` must be RS256, RS384 or RS512"),
    ("key: { algorithm: {} }", "11:19: `key.algorithm` must be text"),
    ("key: { use: \"a b\" }", "11:13: `key.use` must not hold blanks"),
    ("key: { use: a/b }", "11:13: `key.use` must be 1 to 128 of A-Z a-z 0-9 . _ -"),
    ("key: { use: 20261122 }", "11:13: `key.use` \(text)"),
    ("key: { use: true }", "11:13: `key.use` \(text)"),
    ("key: 3", "11:6: `key` must be a mapping"),
    ("key: []", "11:6: `key` must be a mapping"),
    ("verification: { successes: 0 }", "11:28: `verification.successes` must be a whole number from 1 to 100"),
    ("verification: { successes: 101 }", "11:28: `verification.successes` must be a whole number from 1 to 100"),
    ("verification: { successes: -1 }", "11:28: `verification.successes` must be a whole number from 1 to 100"),
    ("verification: { budget: 0s }", "11:25: `verification.budget` must be at least 1s"),
    ("approvals: { swap: 1.5 }", "11:20: `approvals.swap` must be a whole number from 0 to 10"),
    ("approvals: { swap: 1, retire: yes }", "11:31: `approvals.retire` must be a whole number from 0 to 10"),
    ("on_failure: rolback", "11:13: `on_failure` must be hold or rollback; did you mean rollback?"),
    ("emergency: \"true\"", "11:12: `emergency` must be true or false"),
    ("emergency: on", "11:12: `emergency` must be true or false"),
    ("notify: {}", "11:9: `notify` must be a list"),
    ("notify: [x]", "11:10: `notify[0]` must be a mapping"),
    (
      "notify: [{ kind: mail, url: https://a.example, secret: \"${HOOK}\" }]",
      "11:18: `notify[0].kind` must be webhook"
    ),
    (
      "notify: [{ kind: webhook, url: https://a.example, secret: whsec_no-base64 }]",
      "11:59: `notify[0].secret` begins with whsec_ and must go on in base64, padding included"
    ),
  ])
  func `a value of the wrong kind or size is named`(line: String, expected: String) {
    #expect(RunbookSample.findings(RunbookSample.minimal + line + "\n") == [expected])
  }

  @Test(arguments: [
    ("30", false), ("0.5h", false), ("1e3s", false), ("90 s", false), ("s", false), ("-5m", false), ("5M", false),
    ("1h30m", false), ("367d", false), ("8785h", false), ("99999999999999999999d", false), ("\"\"", false),
    ("\"10\"", false), ("[5m]", false), ("٣d", false), ("366d", true), ("8784h", true), ("0s", true), ("\"5m\"", true),
    ("007m", true),
  ])
  func `durations are a whole number and one unit`(written: String, isGood: Bool) throws {
    let findings = RunbookSample.findings(RunbookSample.minimal + "key:\n  min_age: \(written)\n")
    let claim = written == "\"\"" ? "must not be empty" : Self.duration
    #expect(findings == (isGood ? [] : ["12:12: `key.min_age` \(claim)"]))
  }

  @Test(arguments: [
    ("{thumbprint}", ""), ("a.b_c-{thumbprint}{thumbprint}", ""),
    (String(repeating: "k", count: 85) + "{thumbprint}", ""),
    (String(repeating: "k", count: 86) + "{thumbprint}", "makes a kid of 129 characters; at most 128 are allowed"),
    ("{thumbprint}{thumbprint}{thumbprint}", "makes a kid of 129 characters; at most 128 are allowed"),
    ("apier-{date}", "must hold {thumbprint}, so that no kid ever names two keys"),
    ("{thumb}", "holds an unknown placeholder; there are {date} and {thumbprint}"),
    ("{{date}-{thumbprint}", "holds an unknown placeholder; there are {date} and {thumbprint}"),
    ("a/{thumbprint}", "must consist of A-Z a-z 0-9 . _ - and the placeholders {date} and {thumbprint}"),
    ("{thumbprint", "must consist of A-Z a-z 0-9 . _ - and the placeholders {date} and {thumbprint}"),
    ("é{thumbprint}", "must consist of A-Z a-z 0-9 . _ - and the placeholders {date} and {thumbprint}"),
    ("a {thumbprint}", "must not hold blanks"),
    ("${CLIENT}-{thumbprint}", ""),
  ])
  func `a kid pattern makes kids that are legal and never shared by two keys`(pattern: String, claim: String) throws {
    let findings = RunbookSample.findings(RunbookSample.minimal + "key: { kid: \"\(pattern)\" }\n")
    #expect(findings == (claim.isEmpty ? [] : ["11:13: `key.kid` \(claim)"]))
  }

  @Test(arguments: [
    ("https://a.example/x?y=1", ""), ("HTTPS://a.example", ""), ("https://[2001:db8::1]:8443/", ""),
    ("https://a.example:65535/%20", ""),
    ("ftp://a.example", "must be an https URL"), ("a.example", "must be an https URL"),
    ("https://a example", "must be an https URL"), ("https://å.example", "must be an https URL"),
    ("https://a.example/%2", "must be an https URL"), ("https://a.example/\\\\x", "must be an https URL"),
    ("https://", "must name a host"), ("https:///x", "must name a host"), ("https://-a.example", "must name a host"),
    ("https://a..example", "must name a host"), ("https://[::1", "must name a host"),
    ("https://%61", "must name a host"),
    ("https://u:p@a.example", "must not hold a user or a password"),
    ("https://a.example/#x", "must not have a fragment (`#`)"),
    ("https://a.example:0", "must have a port from 1 to 65535"),
    ("https://a.example:65536", "must have a port from 1 to 65535"),
    ("https://a.example:", "must have a port from 1 to 65535"),
    ("http://a.example", "must be an https URL; http is only for loopback addresses in `environment: custom`"),
    ("http://127.0.0.1", "must be an https URL; http is only for loopback addresses in `environment: custom`"),
  ])
  func `addresses are strict and https`(address: String, claim: String) {
    let text = RunbookSample.minimal + "    beacon_url: \"\(address)\"\n"
    #expect(RunbookSample.findings(text) == (claim.isEmpty ? [] : ["11:17: `targets[0].beacon_url` \(claim)"]))
  }

  @Test(arguments: [
    ("http://127.0.0.1:3000/x", true), ("http://127.255.0.9", true), ("http://LOCALHOST", true), ("http://[::1]", true),
    ("http://128.0.0.1", false), ("http://127.0.0.1.example", false), ("http://127.1", false),
    ("http://localhost.example", false), ("http://[::2]", false), ("http://127.0.0.256", false),
    ("http://0.0.0.0", false),
  ])
  func `http is for loopback addresses in a custom environment`(address: String, isGood: Bool) {
    let text = RunbookSample.custom + "    beacon_url: \(address)\n"
    let claim = "must be an https URL; http is only for loopback addresses in `environment: custom`"
    #expect(RunbookSample.findings(text) == (isGood ? [] : ["12:17: `targets[0].beacon_url` \(claim)"]))
  }

  @Test func `an issuer has no query`() {
    let text = RunbookSample.custom.replacing("http://127.0.0.1:8080/\n", with: "https://issuer.example/?a=b\n")
    #expect(RunbookSample.findings(text) == ["6:11: `maskinporten.issuer` must not have a query (`?`)"])
  }

  @Test(arguments: [
    ("days", "mon", "`window.days` must be a list"), ("days", "[]", "`window.days` must not be empty"),
    ("days", "[mon, mon]", "`window.days` names something twice"),
    ("from", "24:00", "`window.from` must be a time such as \"20:00\", from \"00:00\" to \"23:59\""),
    ("from", "2000", "`window.from` must be a time such as \"20:00\", from \"00:00\" to \"23:59\""),
    ("until", "8:00", "`window.until` must be a time such as \"20:00\", from \"00:00\" to \"23:59\""),
    ("until", "20:60", "`window.until` must be a time such as \"20:00\", from \"00:00\" to \"23:59\""),
    ("time_zone", "Europe/Olso", "`window.time_zone` \(zone); did you mean Europe/Oslo?"),
    ("time_zone", "GMT+3", "`window.time_zone` \(zone), such as Europe/Oslo"),
    ("time_zone", "../../etc/localtime", "`window.time_zone` \(zone), such as Europe/Oslo"),
    ("time_zone", "", "`window.time_zone` must not be empty"),
  ])
  func `a window is days, hours and a zone that exists`(member: String, written: String, expected: String) {
    var members = ["days": "[mon, tue]", "from": "20:00", "until": "02:00", "time_zone": "Asia/Kolkata"]
    let base = { members.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }.joined(separator: "\n") }
    #expect(RunbookSample.findings(RunbookSample.minimal + "window:\n" + base() + "\n").isEmpty)
    members[member] = written.isEmpty ? "\"\"" : written
    let line = 12 + (members.keys.sorted().firstIndex(of: member) ?? 0)
    #expect(
      RunbookSample.findings(RunbookSample.minimal + "window:\n" + base() + "\n")
        == ["\(line):\(member.count + 5): \(expected)"])
  }

  @Test func `days are words of three letters`() {
    let text = RunbookSample.minimal + "window: { days: [man], from: \"20:00\", until: \"21:00\", time_zone: UTC }\n"
    #expect(
      RunbookSample.findings(text) == [
        "11:18: `window.days[0]` must be sun, mon, tue, wed, thu, fri or sat; did you mean mon?"
      ])
  }

  @Test func `a window lacks nothing`() {
    #expect(
      RunbookSample.findings(RunbookSample.minimal + "window: {}\n") == [
        "11:1: `window.days` is missing", "11:1: `window.from` is missing", "11:1: `window.time_zone` is missing",
        "11:1: `window.until` is missing",
      ])
  }

  @Test func `scopes are distinct and of RFC 6749's letters`() {
    let text = { (value: String) in RunbookSample.minimal.replacing("scopes: [a:b]", with: "scopes: \(value)") }
    let claim = "must be one scope: printable ASCII without blanks, `\"` and `\\`"
    #expect(
      RunbookSample.findings(text("[a, \"b c\", 'd\"']"))
        == ["5:15: `maskinporten.scopes[1]` \(claim)", "5:22: `maskinporten.scopes[2]` \(claim)"])
    #expect(RunbookSample.findings(text("[a, b, a]")) == ["5:11: `maskinporten.scopes` names something twice"])
    #expect(RunbookSample.findings(text("a b")) == ["5:11: `maskinporten.scopes` must be a list"])
  }

  @Test func `a name is one short line`() {
    let text = { (value: String) in RunbookSample.minimal.replacing("name: sample", with: "name: \(value)") }
    #expect(
      RunbookSample.findings(text("\"a\\nb\"")) == ["1:7: `name` must be on one line, without control characters"])
    #expect(RunbookSample.findings(text("\"\\0\"")) == ["1:7: `name` must not hold a NUL character"])
    #expect(
      RunbookSample.findings(text(String(repeating: "n", count: 101)))
        == ["1:7: `name` must have at most 100 characters"])
    #expect(RunbookSample.findings(text("no")).isEmpty)
  }
}
