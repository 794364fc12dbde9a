import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct ProgressTests {
  private func told(_ event: EngineEvent, _ arguments: [String] = []) throws -> String {
    let transcript = Transcript()
    let progress = Progress(try Sample.session(arguments, streams: transcript.streams()))
    progress.concern(RotationID(rawValue: "R-1"))
    progress.observe(event)
    #expect(transcript.out.isEmpty)
    return transcript.err
  }

  @Test func `a key to be listed by hand is shown in three forms with the command that follows`() throws {
    let said = try told(.handover(.published, Sample.key("new")), ["--state", "/s"])
    let jwk = #"{"alg":"RS256","e":"AQAB","kid":"new","kty":"RSA","n":"n-new","use":"sig"}"#
    #expect(said.contains("\n\(jwk)\n[\(jwk)]\n{\"keys\":[\(jwk)]}\n"))
    #expect(said.contains("[ ] run: keyturn attest published R-1 --state /s"))
  }

  @Test func `a key to be removed by hand is named, and nothing else is`() throws {
    let said = try told(.handover(.retired, Sample.key("old")))
    #expect(said.contains("remove this one key: old"))
    #expect(said.contains("keyturn attest retired R-1"))
    #expect(!said.contains("AQAB"))
  }

  @Test func `an attempt says kid, answer and count`() throws {
    let refusal = TokenRefusal(
      kid: KeyID("new"), at: Sample.now, reason: .unknownKid, status: 400, mpCode: "MP-124", traceID: "t-1")
    let said = try told(.attempt(KeyID("new"), .refused(refusal), inARow: 0, needed: 3))
    #expect(said == "2026-11-22T19:10:00Z    kid new: refused (unknown kid, MP-124, trace id t-1), 0 of 3 in a row\n")
  }

  @Test func `a phase that a second step of it makes again is told once`() throws {
    let transcript = Transcript()
    let progress = Progress(try Sample.session([], streams: transcript.streams()))
    progress.observe(.phase(.restoring, kid: KeyID("old")))
    progress.observe(.phase(.restoring, kid: KeyID("old\u{1B}")))
    progress.observe(.phase(.restored, kid: nil))
    #expect(transcript.err.split(separator: "\n").map { $0.dropFirst(22) } == ["restoring (kid old)", "restored"])
  }

  @Test func `a wait says until when and why, without a countdown where there is no terminal`() throws {
    let said = try told(.waiting(Waiting(on: .time, reason: "the window", until: Sample.date("2026-11-22T20:00:00Z"))))
    #expect(said == "2026-11-22T19:10:00Z  waiting until 2026-11-22T20:00:00Z: the window\n")
  }
}
