import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

/// Whatever a neighbour sends or a person edited: named or read, never a trap, never a secret taken for another.
@Suite(.timeLimit(.minutes(10))) struct HostileNeighbourTests {
  private static let pem = "-----BEGIN PRIVATE KEY-----\nTUlJRXZ3SUJBREFOQmdrcWhraUc5\n-----END PRIVATE KEY-----\n"

  private static let environments = Hostile(
    [
      Data("A=1\nMASKINPORTEN_KID=old\nMASKINPORTEN_PRIVATE_KEY='\(pem)'\nB=\"two words\" # why\n".utf8),
      Data("export MASKINPORTEN_KID = `old`\r\nMASKINPORTEN_PRIVATE_KEY=\"-----BEGIN\\nx\\n\"\r\nC='a\r\nb'\r\n".utf8),
      Data("\u{FEFF}# don't\nMASKINPORTEN_KID=a\nMASKINPORTEN_KID=b\nD=it's\nE=${F}\n".utf8),
    ],
    splices: [
      "'", "\"", "`", "\\", "\\\"", "\\n", "#", " # ", "=", "export ", "\r", "\r\n", "\n", "\0", "\u{FEFF}", "${", "$(",
      "MASKINPORTEN_KID=", "\nMASKINPORTEN_KID=x\n", "\nMASKINPORTEN_PRIVATE_KEY='", "é", "\u{2028}",
    ])

  @Test func `a bookmark that is spoilt is none`() throws {
    let text = try VercelBookmark(deployment: "dpl_1", autoAssign: true).text
    #expect(VercelBookmark(text)?.deployment == "dpl_1")
    let twice = Data(text.replacing("{", with: #"{"deployment":"dpl_2","#).utf8)
    for bytes in Hostile.spoilt(text) + [twice] {
      #expect(VercelBookmark(String(decoding: bytes, as: UTF8.self)) == nil)
    }
  }

  @Test(arguments: Runbook.Dotenv.Encoding.allCases)
  func `in any environment file a pair is written so that it reads back, or nothing is written`(
    encoding: Runbook.Dotenv.Encoding
  ) async throws {
    let new = try Signer.pair("new")
    var (written, refused) = (0, 0)
    try await withFolder { folder in
      let path = folder + "/.env"
      let target = DotenvTarget(
        Runbook.Dotenv(path: path, encoding: encoding), folder: folder, environment: [:], withheld: [])
      var chance = SeededChance(Runbook.Dotenv.Encoding.allCases.firstIndex(of: encoding) ?? 0)
      for _ in 0..<Hostile.cases / 4 {
        let bytes = Self.environments.next(&chance)
        try put("", path)
        try bytes.write(to: URL(filePath: path))
        let parsed = DotenvText(SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) })
        #expect(parsed.assignments.allSatisfy { $0.literal.upperBound <= bytes.count })
        var expected: KeyID?
        if let kid = parsed.value(of: "MASKINPORTEN_KID") {
          expected = KeyID(kid.withBytes { String(decoding: $0, as: UTF8.self) })
        }
        do {
          try await target.write(new, replacing: expected)
          written += 1
          guard case .pair(let found) = await target.read(), found.kid == "new",
            found.privateKey.isEqual(to: new.privateKey)
          else {
            Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            continue
          }
        } catch is NeighbourTrouble {
          refused += 1
          #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
        }
      }
    }
    #expect(written > refused && written + refused == Hostile.cases / 4)
    Hostile.tell("environment files", inputs: written + refused, refused: refused)
  }

  private static let answers = Hostile(
    [
      Data(
        #"{"error":"invalid_grant","error_description":"Unknown kid. (trace_id: 0af7651916cd43dd8448eb211c80319c)"}"#
          .utf8),
      Data(#"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB","use":"sig","exp":1}],"last_updated":"1"}"#.utf8),
      Data(
        #"{"id":"dpl_1","readyState":"READY","url":"a.vercel.app","aliasAssigned":1,"meta":{"keyturnKid":"k"}}"#.utf8),
      Data(#"{"status":"pending","retry_after_ms":200,"holds":"kid","kid":"k","warnings":["w"],"problems":[]}"#.utf8),
      Data(#"{"event_id":"1","tags":{"error_code":"MASKINPORTEN_AUTH_FAILED"},"breadcrumbs":{"values":[]}}"#.utf8),
    ], splices: Hostile.jsonSplices + ["(trace_id: ", "(correlation id: ", "MP-", "-----BEGIN PRIVATE KEY-----", "eyJ"])

  @Test(arguments: 0..<4) func `no answer traps its reader`(seed: Int) {
    let now = Date(timeIntervalSince1970: 1_795_000_000)
    var (inputs, read) = (0, 0)
    Self.answers.each(seed: seed) { bytes in
      inputs += 1
      let answer = HTTPAnswer(status: 400, contentType: "application/json", date: now, body: bytes)
      #expect((TokenRefusal(reading: answer, kid: "k", at: now).text ?? "").unicodeScalars.count <= 501)
      #expect(answer.text(limit: 80).unicodeScalars.count <= 81)
      if (try? PortalKeySet(reading: answer)) != nil { read += 1 }
      let words = String(decoding: bytes, as: UTF8.self)
      _ = ReportedFailure(pasted: words, at: now)
      _ = VercelBookmark(words)
      guard let value = try? JSONValue(parsing: bytes) else { return }
      _ = ExecAnswer(value).map { ($0.retryAfter, $0.kid, $0.live, $0.warnings, $0.problems) }
      _ = VercelVariable(value)
      _ = try? VercelDeployment(value)
    }
    #expect(read > 0)
    Hostile.tell("neighbours' answers", inputs: inputs, refused: inputs - read)
  }

  private static let headers = Hostile(
    [
      Data("Sun, 22 Nov 2026 02:00:00 GMT".utf8), Data("Sunday, 22-Nov-26 02:00:00 GMT".utf8), Data("120".utf8),
      Data("60:error;default:organization:reason, 2700:transaction".utf8),
      Data("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".utf8),
      Data("https://key@o1.ingest.example.no/4500000000000001".utf8),
      Data("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8),
    ],
    splices: [
      "-", "+", ":", ";", ",", ".", " ", "9", "99999999999999999999", "-1", "0x", "NaN", "Nov", "GMT", "é", "\0", "@",
      "//", "%00", "[::1]", "=",
    ])

  @Test(arguments: 0..<4) func `no header or address traps its reader`(seed: Int) {
    let now = Date(timeIntervalSince1970: 1_795_000_000)
    var (inputs, refused) = (0, 0)
    Self.headers.each(seed: seed) { bytes in
      inputs += 1
      let text = String(decoding: bytes, as: UTF8.self)
      _ = HTTPDate.parse(text)
      let pause = RetryAfter.parse(text, now: now)
      #expect(pause.map { $0 >= .seconds(1) && $0 <= .seconds(60) } ?? true)
      _ = RequestTrace(traceparent: text, correlationID: text).context
      if (try? SentryDSN(text)) == nil { refused += 1 }
      _ = try? WebhookKey(SecretString(text))
      var limits = SentryLimits()
      limits.take(
        HTTPAnswer(
          status: 429, contentType: nil, date: now, body: Data(),
          headers: ["x-sentry-rate-limits": text, "retry-after": text]), at: now)
      #expect(!limits.forbidEvents(at: now + .seconds(86_401)))
      _ = LiveEnvironment.problem(ofAddress: text, .httpsOrLoopback)
    }
    Hostile.tell("headers and addresses", inputs: inputs, refused: refused)
  }
}
