import Foundation
import RotationCore
import Testing

/// Stands in for the key check where the key is not what is tested: what begins with `-----BEGIN` signs.
private struct PaperKeyCheck: LiveKeyCheck {
  func fault(of privateKey: borrowing SecretBytes, kid: KeyID) -> LiveKeyFault? {
    privateKey.withBytes { $0.starts(with: "-----BEGIN".utf8) }
      ? nil : LiveKeyFault(shape: "no-armour", problem: "it has no -----BEGIN line", remedy: "add it")
  }
}

@Suite struct LiveEnvironmentTests {
  private static let sound = [
    "MASKINPORTEN_MODE": "live", "MASKINPORTEN_CLIENT_ID": "client", "MASKINPORTEN_KID": "kid",
    "MASKINPORTEN_PRIVATE_KEY": "-----BEGIN", "MASKINPORTEN_TOKEN_ENDPOINT": "https://maskinporten.no/token",
    "MASKINPORTEN_ISSUER": "https://maskinporten.no/", "INTERNAL_API_SECRET": String(repeating: "s", count: 32),
  ]

  private static func readiness(_ changes: [String: String?]) -> Readiness {
    let variables = sound.merging(changes.mapValues { $0 ?? "" }) { _, new in new }
    return Readiness(of: variables, checkingKeyWith: PaperKeyCheck())
  }

  private static func told(_ changes: [String: String?]) -> [String] {
    guard case .notReady(let findings) = readiness(changes) else { return [] }
    return findings.map { "\($0.field.rawValue) \($0.reason.rawValue)" }
  }

  @Test func `a sound live environment is ready`() {
    let readiness = Self.readiness([:])
    #expect(readiness == .ready)
    #expect(readiness.statusCode == 200)
    #expect(readiness.body(Self.meta) == ["status": "ready"])
  }

  @Test(arguments: [nil, "", "mock", "Live", " live", "LIVE"] as [String?])
  func `any mode but live is the mock, and nothing else is looked at`(mode: String?) {
    let readiness = Readiness(of: mode.map { ["MASKINPORTEN_MODE": $0] } ?? [:], checkingKeyWith: PaperKeyCheck())
    #expect(readiness == .mock)
    #expect(readiness.statusCode == 200)
    #expect(readiness.body(Self.meta) == ["status": "mock"])
  }

  @Test func `the mock in production is not ready`() {
    #expect(
      Self.told(["MASKINPORTEN_MODE": "mock", "VERCEL_ENV": "production"])
        == ["MASKINPORTEN_MODE must be \"live\" in production"])
    #expect(Self.readiness(["MASKINPORTEN_MODE": "mock", "VERCEL_ENV": "preview"]) == .mock)
    #expect(Self.readiness(["VERCEL_ENV": "production"]) == .ready)
  }

  @Test func `everything that is wrong is told at once, in the order of the page`() {
    let readiness = Readiness(of: ["MASKINPORTEN_MODE": "live"], checkingKeyWith: PaperKeyCheck())
    guard case .notReady(let findings) = readiness else {
      Issue.record("\(readiness)")
      return
    }
    #expect(findings.map(\.field) == LiveVariable.allCases.filter { $0 != .mode })
    #expect(findings.allSatisfy { $0.reason == .missing })
    #expect(
      Self.told([
        "MASKINPORTEN_PRIVATE_KEY": "x", "MASKINPORTEN_TOKEN_ENDPOINT": "http://maskinporten.no/token",
        "MASKINPORTEN_ISSUER": "maskinporten.no", "INTERNAL_API_SECRET": "short",
      ]) == [
        "MASKINPORTEN_PRIVATE_KEY invalid or unusable for JWT signing",
        "MASKINPORTEN_TOKEN_ENDPOINT must be an https URL", "MASKINPORTEN_ISSUER must be an https URL",
        "INTERNAL_API_SECRET must be at least 32 characters",
      ])
  }

  @Test(arguments: LiveVariable.allCases.filter { $0 != .mode }, ["", "  \n"])
  func `each variable is required in live mode`(variable: LiveVariable, value: String) {
    #expect(Self.told([variable.rawValue: value]) == ["\(variable.rawValue) missing"])
  }

  @Test(arguments: [
    "http://127.0.0.1:8080/", "ftp://maskinporten.no/", "https://", "https:maskinporten.no", " https://a",
    "https://maskinporten.no:99999/", "https://user:pw@maskinporten.no/", "https://user@maskinporten.no/", "https://.",
    "https://maskinporten..no/", "https://maskinporten.no/\n",
  ])
  func `only an https URL passes`(address: String) {
    #expect(Self.told(["MASKINPORTEN_ISSUER": address]) == ["MASKINPORTEN_ISSUER must be an https URL"])
  }

  @Test(arguments: [
    ("http://127.0.0.1:8080/", true), ("http://localhost/", true), ("http://[::1]:1/", true),
    ("http://maskinporten.no/", false), ("http://127.0.0.1.example/", false), ("http://127.x.0.1/", false),
  ]) func `a rehearsal may speak plain HTTP to loopback and nowhere else`(address: String, passes: Bool) {
    let variables = Self.sound.merging(["MASKINPORTEN_ISSUER": address]) { _, new in new }
    let read = try? LiveEnvironment(
      reading: variables, checkingKeyWith: PaperKeyCheck(), addresses: .httpsOrLoopback)
    #expect((read != nil) == passes)
  }

  @Test func `the issuer never falls back to the token endpoint`() {
    #expect(Self.told(["MASKINPORTEN_ISSUER": nil]) == ["MASKINPORTEN_ISSUER missing"])
  }

  @Test(arguments: [(31, false), (32, true)]) func `a secret is usable from 32 characters on`(length: Int, usable: Bool)
  {
    let secret = ["INTERNAL_API_SECRET": String(repeating: "x", count: length)]
    #expect((LiveEnvironment.apiSecret(in: secret) != nil) == usable)
    #expect(Self.told(secret.mapValues(Optional.some)).isEmpty == usable)
  }

  @Test(arguments: [
    ("\n", "ends in a line break (U+000A)"), ("\r", "ends in a line break (U+000D)"), ("\"", "quotes"),
    ("\u{A0}", "an invisible character (U+00A0)"), ("\u{200B}", "an invisible character (U+200B)"), (" ", "a blank"),
  ]) func `what no eye sees in a value is named, and readiness keeps its shapes`(mark: String, words: String) throws {
    let opening = mark == "\"" ? mark : ""
    for field in [LiveVariable.clientID, .kid] {
      let variables = Self.sound.merging([field.rawValue: "\(opening)id\(mark)"]) { $1 }
      #expect(Readiness(of: variables, checkingKeyWith: PaperKeyCheck()) == .ready)
      let flaw = try #require(HiddenFlaw.all(in: variables).first)
      #expect(flaw.field == field && flaw.words.contains(words))
      #expect(!flaw.summary.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0xA0 || $0.value == 0x200B })
    }
    let mode = try #require(HiddenFlaw(of: .mode, in: ["MASKINPORTEN_MODE": "\(opening)live\(mark)"]))
    #expect(mode.words.contains(words))
  }

  @Test func `a sound environment has no hidden flaw, and a secret is never shown`() throws {
    #expect(HiddenFlaw.all(in: Self.sound).isEmpty)
    #expect(HiddenFlaw(of: .mode, in: ["MASKINPORTEN_MODE": "mock"]) == nil)
    #expect(HiddenFlaw(of: .mode, in: ["MASKINPORTEN_MODE": "LIVE"])?.kind == .letterCase)
    let secret = ["INTERNAL_API_SECRET": String(repeating: "s", count: 32) + "\n"]
    #expect(HiddenFlaw(of: .apiSecret, in: secret)?.words == "ends in a line break (U+000A)")
  }

  @Test(arguments: ["\n", "\r", "\t", "\u{7F}", " "]) func `a secret that no request can carry is none`(mark: String) {
    let whole = String(repeating: "s", count: 32)
    for secret in [whole + mark, mark + whole] {
      let variables = ["INTERNAL_API_SECRET": secret]
      #expect(LiveEnvironment.apiSecret(in: variables) == nil)
      #expect(LiveEnvironment.problemOfSecret(in: variables)?.contains("no request can carry") == true)
    }
    #expect(LiveEnvironment.problemOfSecret(in: ["INTERNAL_API_SECRET": "a b " + whole]) == nil)
  }

  private static let meta = AnswerMeta(
    version: "1.2.3", timestamp: Date(timeIntervalSince1970: 1_800_000_000), correlationID: "c-1")

  @Test func `not ready is the page's envelope to the letter`() throws {
    let readiness = Self.readiness(["MASKINPORTEN_PRIVATE_KEY": "x"])
    #expect(readiness.statusCode == 503)
    let expected = try JSONValue(
      parsing: Data(
        """
        { "success": false, "error_code": "SERVER_ERROR",
          "explanation": { "summary": "Maskinporten live-mode prerequisites are not satisfied" },
          "failures": [{ "field": "MASKINPORTEN_PRIVATE_KEY", "reason": "invalid or unusable for JWT signing" }],
          "_meta": { "service": "keyturn", "version": "1.2.3", "timestamp": "2027-01-15T08:00:00Z",
                     "correlation_id": "c-1" } }
        """.utf8))
    #expect(readiness.body(Self.meta) == expected)
  }

  @Test func `a refused bearer is the same envelope without failures`() {
    let body = Readiness.unauthorized.body(Self.meta)
    #expect(Readiness.unauthorized.statusCode == 401)
    #expect(body["success"] == false && body["error_code"] == "UNAUTHORIZED" && body["failures"] == nil)
    #expect(body["explanation"]?["summary"]?.string?.isEmpty == false && body["_meta"] == Self.meta.json)
  }

  @Test(arguments: AnswerCode.allCases, Explanation.Reader.allCases)
  func `every code is explained to both readers`(code: AnswerCode, reader: Explanation.Reader) {
    let explanation = Explanation.of(code, for: reader)
    #expect(!explanation.summary.isEmpty)
    if code.statusCode >= 503 {
      #expect(explanation.why?.isEmpty == false && !explanation.fixSteps.isEmpty && explanation.relevantLink != nil)
    }
    let problem = ErrorAnswer(code, explanation, Self.meta).problem
    #expect(problem["type"]?.string?.hasSuffix("/errors/" + code.rawValue) == true)
    #expect(problem["status"] == .integer(Int64(code.statusCode)))
    #expect(problem["title"] == .string(explanation.summary))
  }
}
