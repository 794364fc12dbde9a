package import Foundation
package import RotationCore

/// A token that was given. It lives to its end, whatever becomes of the key that asked for it.
package struct IssuedToken: Sendable, Hashable {
  package let client: ClientID
  package let scopes: [String]
  package let expires: Date
}

extension WorldState {
  /// The rules of docs.digdir.no, JWT grant, as `node` sees the client's keys. The order of the checks is ours: Digdir
  /// publishes none.
  mutating func accept(_ assertion: Assertion, at node: Int, now: Date) throws(GrantRefusal) -> SimulatedClient {
    guard let id = assertion.client, let record = clients[id], record.client.isActive else { throw .unknownClient }
    let key = try Self.key(of: assertion, among: record.keys, at: node, now: now)
    if let expires = key.expires, expires <= now { throw .expiredKey }
    guard assertion.isSigned(by: key) else { throw .wrongSignature }
    guard !assertion.scopes.isEmpty else { throw .invalidAssertion }
    guard assertion.claims["aud"] == .string(issuer) else { throw .wrongAudience }
    try checkTimes(assertion, now: now)
    let grant = SpentGrant(client: id, identity: assertion.identity)
    spent = spent.filter { $0.value > now }
    guard spent.updateValue(now + .seconds(settings.lifetimeLimit + 2 * settings.skew), forKey: grant) == nil else {
      throw .replayedGrant
    }
    guard Set(record.client.scopes).isSuperset(of: assertion.scopes) else { throw .scopeNotRegistered }
    guard record.client.withdrawnScopes.isDisjoint(with: assertion.scopes) else { throw .scopeWithdrawn }
    return record.client
  }

  private static func key(
    of assertion: Assertion, among keys: KeyHistory, at node: Int, now: Date
  ) throws(GrantRefusal) -> PortalKey {
    if let kid = assertion.kid {
      guard let key = keys.key(kid, at: node, now: now) else { throw .unknownKid }
      return key
    }
    guard keys.kids(at: node, now: now).isEmpty else { throw .kidRequired }
    guard let chain = assertion.header["x5c"] else { throw .kidRequired }
    guard let chain = chain.array, !chain.isEmpty, chain.allSatisfy({ $0.string != nil }) else {
      throw .certificateNotAnArray
    }
    // This world knows no certificate authority, so no chain leads to a trusted one.
    throw .untrustedCertificate
  }

  /// `iat` may lie in the past as far as the lifetime allows, as the server's source was reported to do.
  private func checkTimes(_ assertion: Assertion, now: Date) throws(GrantRefusal) {
    let (now, skew) = (now.timeIntervalSince1970, Double(settings.skew))
    guard let issued = assertion.issuedAt, let expires = assertion.expires, expires > issued else {
      throw .invalidAssertion
    }
    if expires - issued > Double(settings.lifetimeLimit) { throw .lifetimeTooLong }
    if now + skew < issued { throw .issuedInTheFuture }
    if now - skew > expires { throw .expiredGrant }
  }

  /// A token as docs.digdir.no shows it; no claim tells which key asked.
  mutating func issue(
    _ assertion: Assertion, to client: SimulatedClient, signer: any AssertionSigner, now: Date
  ) throws -> SimulatedAnswer {
    let issued = Int64(now.timeIntervalSince1970)
    let scope = JSONValue.string(assertion.scopes.joined(separator: " "))
    var claims: [String: JSONValue] = [
      "iss": .string(issuer), "client_id": .string(client.id.rawValue), "client_amr": "private_key_jwt",
      "consumer": ["authority": "iso6523-actorid-upis", "ID": .string("0192:\(client.organisation)")],
      "scope": scope, "token_type": "Bearer", "iat": .integer(issued),
      "exp": .integer(issued + Int64(client.tokenLifetime)), "jti": .string(random.hex(32)),
    ]
    claims["aud"] = assertion.claims["resource"]
    claims["pid"] = assertion.claims["pid"]
    let token = try signer.sign(claims: .object(claims))
    tokens = tokens.filter { $0.value.expires > now }
    tokens[token] = IssuedToken(
      client: client.id, scopes: assertion.scopes, expires: now + .seconds(client.tokenLifetime))
    let body: JSONValue = [
      "access_token": .string(token), "token_type": "Bearer", "expires_in": .integer(Int64(client.tokenLifetime)),
      "scope": scope,
    ]
    return SimulatedAnswer(json: body, headers: ["Cache-Control": "no-store"])
  }
}
