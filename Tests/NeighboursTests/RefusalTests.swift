import Foundation
import RotationCore
import Testing

@testable import Neighbours

/// The table of Maskinporten's errors (facts: maskinporten, section 3), each row over the wire.
@Suite struct RefusalTests {
  typealias Row = (error: String, text: String, code: String?, reason: TokenRefusal.Reason)

  private func refusal(_ reply: LoopbackServer.Reply) async throws -> TokenRefusal {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    return try await withServer({ _, _ in reply }) { server in
      guard case .refused(let refusal) = await neighbourhood.maskinporten(server.url).attempt(with: signer) else {
        throw POSIXError(.EPROTO)
      }
      return refusal
    }
  }

  static let rows: [Row] = [
    ("invalid_grant", "Client authentication failed", "MP-100", .unknownClient),
    ("invalid_grant", "Client not found", "MP-100", .unknownClient),
    ("invalid_grant", "Invalid assertion", "MP-100", .malformed),
    ("invalid_grant", "Invalid JWT claim aud", "MP-110", .wrongAudience),
    ("invalid_grant", "The JWT is signed with an invalid certificate", "MP-120", .untrustedCertificate),
    ("invalid_grant", "Expired key", "MP-121", .expiredKey),
    ("invalid_grant", "The organization number differs", "MP-122", .untrustedCertificate),
    ("invalid_grant", "Invalid JWT header x5c", "MP-123", .malformed),
    ("invalid_grant", "Invalid JWT signature", "MP-124", .wrongSignature),
    ("invalid_grant", "JWT is expired", "MP-130", .clock),
    ("invalid_request", "Invalid parameter value", "MP-011", .malformed),
    ("invalid_grant", "Grant is used before", "MP-012", .replayedGrant),
    ("invalid_scope", "Token request contains invalid scopes for client", "MP-200", .scopeDenied),
    ("invalid_scope", "Scopes are not allowed for maskinporten", "MP-201", .scopeDenied),
    ("forbidden", "Consumer has not been granted access to the scope a:b", "MP-250", .scopeDenied),
    ("forbidden", "Consumer 1 has not delegated access to the scope a:b to supplier 2", "MP-251", .scopeDenied),
    ("invalid_authorization_details", "type", "MP-301", .malformed),
    ("invalid_grant", "Unknown key identifier (kid) for client.", nil, .unknownKid),
    ("invalid_grant", "Unknown key identifier (kid) for client.", "MP-100", .unknownKid),
    (
      "invalid_grant", "The client requires pre-registered jwk and no key identifier (kid) provided", nil, .kidRequired
    ),
    ("invalid_grant", "JWT has too long lifetime.", nil, .lifetimeTooLong),
    ("invalid_grant", "Issue time is in the future.", nil, .clock),
    ("invalid_grant", "Issue time is after now", nil, .clock),
    ("invalid_grant", "JWT has expired.", nil, .clock),
    ("invalid_grant", "Expired key", nil, .expiredKey),
    ("invalid_grant", "Invalid JWT signature", nil, .wrongSignature),
    ("invalid_grant", "Invalid JWT claim aud", nil, .wrongAudience),
    ("invalid_grant", "Grant is used before", nil, .replayedGrant),
    ("invalid_grant", "Client not found", nil, .unknownClient),
    ("invalid_client", "no", nil, .unknownClient), ("invalid_scope", "no", nil, .scopeDenied),
    ("invalid_request", "no", nil, .malformed), ("invalid_grant", "something new", "MP-999", .other),
  ]

  @Test(arguments: rows, [400, 401]) func `MP code and text decide, whatever the status`(row: Row, status: Int)
    async throws
  {
    let refusal = try await refusal(
      Neighbourhood.refused(
        row.error, row.text + ". (trace_id: 0123456789abcdef0123456789abcdef)", code: row.code, status: status)
    )
    #expect(refusal.reason == row.reason)
    #expect(refusal.status == status)
    #expect(refusal.error == row.error)
    #expect(refusal.mpCode == row.code)
    #expect(refusal.text == row.text + ".")
    #expect(refusal.traceID == "0123456789abcdef0123456789abcdef")
    #expect(refusal.kid == "app-key" as KeyID)
  }

  @Test func `the older correlation id is taken out of the text too`() async throws {
    let refusal = try await refusal(
      Neighbourhood.refused(
        "invalid_grant",
        "Unknown key identifier (kid) for client. (correlation id: 5a1f6a1e-0b0f-4a4e-9a52-0d9d54a3f1aa)"))
    #expect(refusal.text == "Unknown key identifier (kid) for client.")
    #expect(refusal.traceID == "5a1f6a1e-0b0f-4a4e-9a52-0d9d54a3f1aa")
  }

  @Test func `the test environment's error_uri gives the code`() async throws {
    let reply = LoopbackServer.Reply.json(
      400, #"{"error":"invalid_scope","error_uri":"https://test.maskinporten.no/errors/MP-200"}"#)
    let refusal = try await refusal(reply)
    #expect(refusal.mpCode == "MP-200")
    #expect(refusal.text == nil)
  }

  static let codes: [(Int, String?, FailureCode)] = [
    (401, "", .maskinportenAuthFailed), (401, #"{"error":"TOKEN_EXPIRED"}"#, .maskinportenAuthFailed),
    (401, #"{"error":"INVALID_TOKEN"}"#, .maskinportenAuthFailed),
    (401, #"{"error":"invalid_scope"}"#, .maskinportenAuthFailed),
    (401, #"{"error":"forbidden","error_uri":"https://maskinporten.no/errors/MP-250"}"#, .maskinportenAuthFailed),
    (401, "<html>", .maskinportenAuthFailed),
    (400, #"{"error":"invalid_grant"}"#, .maskinportenAuthFailed),
    (400, #"{"error":"invalid_client"}"#, .maskinportenAuthFailed),
    (
      400, #"{"error":"invalid_grant","error_description":"Consumer has not been granted access"}"#,
      .maskinportenAuthFailed
    ),
    (
      400, #"{"error":"invalid_client","error_uri":"https://maskinporten.no/errors/MP-250"}"#, .maskinportenAuthFailed
    ),
    (400, #"{"error":"invalid_scope"}"#, .maskinportenScopeDenied), (403, "", .maskinportenScopeDenied),
    (422, #"{"error":"invalid_scope"}"#, .maskinportenScopeDenied),
    (403, #"{"error":"invalid_grant"}"#, .maskinportenScopeDenied),
    (400, #"{"error_description":"Consumer has not been granted access"}"#, .maskinportenScopeDenied),
    (
      400, #"{"error":"forbidden","error_uri":"https://maskinporten.no/errors/MP-250"}"#, .maskinportenScopeDenied
    ),
    (403, #"{"error":"forbidden"}"#, .maskinportenScopeDenied),
    (400, #"{"error":"invalid_request"}"#, .maskinportenRequestRejected), (400, "<html>", .maskinportenRequestRejected),
    (404, "", .maskinportenRequestRejected), (404, #"{"error":"invalid_grant"}"#, .maskinportenRequestRejected),
    (404, #"{"error_description":"invalid scope"}"#, .maskinportenRequestRejected),
    (422, "{}", .maskinportenRequestRejected),
  ]

  @Test(arguments: codes) func `each 4xx has the contract's code`(status: Int, body: String?, code: FailureCode)
    async throws
  {
    #expect(try await refusal(.json(status, body ?? "")).failureCode == code)
  }

  @Test func `a stranger's text cannot drive a terminal or carry a token on`() async throws {
    let refusal = try await refusal(
      Neighbourhood.refused(
        "invalid_grant",
        "\\u001b[31mno\\nway eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln " + String(repeating: "x", count: 900)))
    let text = try #require(refusal.text)
    #expect(!text.contains("\u{1B}") && !text.contains("\n") && !text.contains("eyJ"))
    #expect(text.count <= 501)
  }
}

extension KeyID: ExpressibleByStringLiteral {
  package init(stringLiteral value: String) { self.init(value) }
}
