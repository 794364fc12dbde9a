package import Foundation

/// One token, without the token.
package struct TokenGrant: Sendable, Hashable, Codable {
  package var kid: KeyID
  package var at: Date
  /// Life in seconds (`expires_in`).
  package var lifetime: Int
  package var scope: String?
  /// The trace under which the token was asked for (W3C Trace Context), since Maskinporten names none where it grants.
  package var traceID: String?
  package init(kid: KeyID, at: Date, lifetime: Int, scope: String? = nil, traceID: String? = nil) {
    self.kid = kid
    self.at = at
    self.lifetime = lifetime
    self.scope = scope
    self.traceID = traceID
  }
}

/// Why Maskinporten did not give a token (docs.digdir.no, Maskinporten feilsøking; classified by MP code and text,
/// 400 and 401 alike).
package struct TokenRefusal: Sendable, Hashable, Codable, Error {
  package enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
    /// Not uploaded, not propagated yet, removed, or another client's.
    case unknownKid
    case expiredKey
    case wrongSignature
    case wrongAudience
    case unknownClient
    case untrustedCertificate
    case clock
    case lifetimeTooLong
    case replayedGrant
    case kidRequired
    case scopeDenied
    case malformed
    case other

    /// For people.
    package var words: String {
      switch self {
      case .unknownKid: "unknown kid"
      case .expiredKey: "expired key"
      case .wrongSignature: "wrong signature"
      case .wrongAudience: "wrong audience"
      case .unknownClient: "unknown client"
      case .untrustedCertificate: "untrusted certificate"
      case .clock: "the clock"
      case .lifetimeTooLong: "the assertion's life is too long"
      case .replayedGrant: "the assertion was used before"
      case .kidRequired: "no kid was sent"
      case .scopeDenied: "scope denied"
      case .malformed: "the request cannot be read"
      case .other: "no reason that is known"
      }
    }
  }

  package var kid: KeyID
  package var at: Date
  package var reason: Reason
  package var status: Int
  /// `error`, `error_description` and the code of `error_uri`, as sent.
  package var error: String?
  package var text: String?
  package var mpCode: String?
  package var traceID: String?

  package init(
    kid: KeyID, at: Date, reason: Reason, status: Int, error: String? = nil, text: String? = nil,
    mpCode: String? = nil, traceID: String? = nil
  ) {
    self.kid = kid
    self.at = at
    self.reason = reason
    self.status = status
    self.error = error
    self.text = text
    self.mpCode = mpCode
    self.traceID = traceID
  }

  /// The refusals that show a key as gone: unknown kid or expired key (contract, Proof).
  package var provesKeyGone: Bool { reason == .unknownKid || reason == .expiredKey }

  /// It is about the key, not about the request: gone, or another one stands under its kid.
  var tellsAgainstKey: Bool { provesKeyGone || reason == .wrongSignature }
}

/// No answer that says anything about the key.
package struct NeighbourTrouble: Sendable, Hashable, Codable, Error {
  package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The request cannot have arrived (refused connection, DNS, TLS).
    case unreachable
    /// It may have arrived; no whole answer came back.
    case unanswered
    case serverError
    case rateLimited
    /// An answer that is not what the protocol says (wrong type, truncated, too large, a redirect).
    case unusableAnswer
    /// The neighbour understood and said no; nothing changed there.
    case rejected

    /// Asking again may bring another answer: 5xx, 429 and what the network did.
    package var mayPass: Bool { self != .unusableAnswer && self != .rejected }
  }

  /// What stood in the way, where it can be told.
  package enum Obstacle: String, Sendable, Hashable, Codable, CaseIterable {
    case unresolvedName, connectionRefused, connectTimeout, tls
    /// Sent, and the time for an answer ran out.
    case noAnswerInTime
    /// Sent, and the connection ended before the answer did.
    case connectionLost
    case redirect, notJSON, brokenJSON
  }

  package var neighbour: String
  package var kind: Kind
  package var detail: String
  package var status: Int?
  package var retryAfter: Duration?
  package var obstacle: Obstacle?

  package init(
    neighbour: String, kind: Kind, detail: String, status: Int? = nil, retryAfter: Duration? = nil,
    obstacle: Obstacle? = nil
  ) {
    self.neighbour = neighbour
    self.kind = kind
    self.detail = detail
    self.status = status
    self.retryAfter = retryAfter
    self.obstacle = obstacle
  }

  /// After a write: it may have taken effect, now or later.
  package var effectIsUnknown: Bool {
    switch kind {
    case .unanswered, .serverError, .unusableAnswer: true
    case .unreachable, .rateLimited, .rejected: false
    }
  }
}

package enum TokenAttempt: Sendable, Hashable {
  case granted(TokenGrant)
  case refused(TokenRefusal)
  case trouble(NeighbourTrouble)
}

/// RFC 8414 metadata, the members that must agree with the runbook byte for byte.
package struct ServerMetadata: Sendable, Hashable {
  package var issuer: String
  package var tokenEndpoint: String
  /// Maskinporten's clock by the `Date` header, and ours when it was read.
  package var serverDate: Date?
  package var readAt: Date

  package init(issuer: String, tokenEndpoint: String, serverDate: Date?, readAt: Date) {
    self.issuer = issuer
    self.tokenEndpoint = tokenEndpoint
    self.serverDate = serverDate
    self.readAt = readAt
  }

  /// How a distance between two clocks is told: `0.2 s ahead of`, `60.0 s behind`.
  package static func words(ofClockAhead ahead: Double) -> String {
    let tenths = Int(min(abs(ahead) * 10, 1e15).rounded())
    return "\(tenths / 10).\(tenths % 10) s \(ahead < 0 && tenths > 0 ? "behind" : "ahead of")"
  }

  /// How far our clock is ahead of theirs, in seconds; `Date` has whole seconds, so half of one is noise.
  package var clockAhead: Double? { serverDate.map { readAt.timeIntervalSince($0) - 0.5 } }
}

/// Maskinporten.
package protocol TokenEndpoint: Sendable {
  /// One attempt (RFC 7523), with a fresh `jti` and no cache: what a proof counts. Never retried inside.
  func attempt(with signer: any AssertionSigner) async -> TokenAttempt
  /// The same for one scope alone.
  func attempt(with signer: any AssertionSigner, for scope: String) async -> TokenAttempt
  /// Throws `NeighbourTrouble`.
  func metadata() async throws -> ServerMetadata
}

extension TokenEndpoint {
  /// Where `scopes` together were denied: those of them that alone are given no token, with the reason. One scope was
  /// asked for alone already.
  package func refusals(of scopes: [String], with signer: any AssertionSigner) async -> [String: String] {
    var refusals: [String: String] = [:]
    for scope in scopes where scopes.count > 1 {
      if case .refused(let refusal) = await attempt(with: signer, for: scope) { refusals[scope] = refusal.words }
    }
    return refusals
  }
}
