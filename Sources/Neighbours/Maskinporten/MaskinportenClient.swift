package import Foundation
package import RotationCore

/// Maskinporten's token endpoint for one client (docs.digdir.no, Maskinporten protocol: JWT grant and token).
package struct MaskinportenClient: TokenEndpoint {
  static let neighbour = "Maskinporten"
  /// `exp - iat` in seconds: the documented maximum, since a shorter life makes clock skew worse.
  static let assertionLifetime: Int64 = 120

  private let transport: HTTPTransport
  private let issuer: String
  private let tokenEndpoint: String
  private let clientID: ClientID
  private var scopes: [String]
  private let clock: any WallClock
  private let freshID: @Sendable () -> UUID

  /// `issuer` is sent as `aud` byte for byte (trailing slash and all); `freshID` makes the `jti` of each attempt.
  package init(
    transport: HTTPTransport, issuer: String, tokenEndpoint: String, clientID: ClientID, scopes: [String],
    clock: any WallClock, freshID: @escaping @Sendable () -> UUID = { UUID() }
  ) {
    self.transport = transport
    self.issuer = issuer
    self.tokenEndpoint = tokenEndpoint
    self.clientID = clientID
    self.scopes = scopes
    self.clock = clock
    self.freshID = freshID
  }

  package func attempt(with signer: any AssertionSigner) async -> TokenAttempt {
    await request(with: signer).attempt
  }

  package func attempt(with signer: any AssertionSigner, for scope: String) async -> TokenAttempt {
    var client = self
    client.scopes = [scope]
    return await client.attempt(with: signer)
  }

  /// One attempt that hands over the token itself. Never retried inside; `within` shortens the transport's deadline.
  package func request(with signer: any AssertionSigner, within: Duration? = nil) async -> TokenReply {
    let sentAt = clock.now()
    let assertion: String
    do { assertion = try signer.sign(claims: claims(at: sentAt)) } catch {
      return .trouble(Self.unsigned(error, kid: signer.reference.kid))
    }
    do {
      let answer = try await transport.send(call(carrying: assertion, within: within), to: Self.neighbour)
      return try read(answer, kid: signer.reference.kid, sentAt: sentAt)
    } catch { return .trouble(error) }
  }

  /// RFC 8414 metadata of the issuer, with the neighbour's clock.
  package func metadata() async throws -> ServerMetadata {
    guard let url = Self.metadataURL(of: issuer) else {
      throw NeighbourTrouble(
        neighbour: Self.neighbour, kind: .unreachable, detail: "the issuer \(Redaction.line(issuer)) is no URL")
    }
    let answer = try await transport.send(.get(url), to: Self.neighbour)
    let readAt = clock.now()
    guard answer.isSuccess else { throw answer.unusable(Self.neighbour, "metadata answered \(answer.status)") }
    let document = try answer.json(from: Self.neighbour)
    guard let issuer = document["issuer"]?.string, let endpoint = document["token_endpoint"]?.string else {
      throw answer.unusable(Self.neighbour, "metadata without issuer or token_endpoint")
    }
    return ServerMetadata(issuer: issuer, tokenEndpoint: endpoint, serverDate: answer.date, readAt: readAt)
  }

  /// The clock of whoever answers at the token endpoint, and ours when it was read; for a server without metadata.
  package func clock() async throws -> (theirs: Date, ours: Date)? {
    var call = HTTPCall.get(tokenEndpoint)
    call.readable = Set(300...599)
    let answer = try await transport.send(call, to: Self.neighbour)
    return answer.date.map { ($0, clock.now()) }
  }

  /// `/.well-known/oauth-authorization-server` between host and path, the path without its closing slash (RFC 8414
  /// section 3.1).
  static func metadataURL(of issuer: String) -> String? {
    guard var parts = URLComponents(string: issuer), let host = parts.host, !host.isEmpty, parts.scheme != nil else {
      return nil
    }
    let path = parts.percentEncodedPath
    parts.percentEncodedPath =
      "/.well-known/oauth-authorization-server" + (path.hasSuffix("/") ? String(path.dropLast()) : path)
    parts.query = nil
    parts.fragment = nil
    return parts.string
  }

  /// The claims and no other: an unknown one is refused, `nbf` included.
  private func claims(at time: Date) -> JSONValue {
    let issuedAt = Int64(time.timeIntervalSince1970.rounded(.down))
    return [
      "aud": .string(issuer), "iss": .string(clientID.rawValue), "scope": .string(scopes.joined(separator: " ")),
      "iat": .integer(issuedAt), "exp": .integer(issuedAt + Self.assertionLifetime),
      "jti": .string(freshID().uuidString.lowercased()),
    ]
  }

  private func call(carrying assertion: String, within: Duration?) -> HTTPCall {
    let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion
    var call = HTTPCall.post(tokenEndpoint, Data(form.utf8), as: "application/x-www-form-urlencoded")
    call.within = within
    return call
  }

  private func read(_ answer: HTTPAnswer, kid: KeyID, sentAt: Date) throws(NeighbourTrouble) -> TokenReply {
    let now = clock.now()
    guard answer.isSuccess else { return .refused(TokenRefusal(reading: answer, kid: kid, at: now)) }
    let body = try answer.json(from: Self.neighbour)
    guard let token = body["access_token"]?.string, !token.isEmpty,
      body["token_type"]?.string?.lowercased() == "bearer", let lifetime = body["expires_in"]?.integer,
      (1...31_536_000).contains(lifetime)
    else {
      throw answer.unusable(Self.neighbour, "answered \(answer.status) without a usable token")
    }
    return .token(
      AccessToken(
        grant: TokenGrant(
          kid: kid, at: now, lifetime: Int(lifetime), scope: body["scope"]?.string,
          traceID: RequestTrace.current?.context?.traceID),
        value: SecretString(token), expires: sentAt.addingTimeInterval(TimeInterval(lifetime))))
  }

  private static func unsigned(_ error: any Error, kid: KeyID) -> NeighbourTrouble {
    let reason = (error as? Failure)?.summary ?? "the signer failed"
    return NeighbourTrouble(
      neighbour: "the signing key", kind: .rejected, detail: "no assertion could be signed with \(kid): \(reason)")
  }
}
