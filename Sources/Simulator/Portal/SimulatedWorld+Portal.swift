package import Foundation
package import RotationCore

/// Samarbeidsportalen's self-service API, version 1, for one client (docs.digdir.no, oidc_api_admin). The list changes
/// at once; token servers learn of it later. There is no ETag and no precondition.
extension SimulatedWorld {
  /// `GET clients/{client_id}`.
  package func readClient(_ id: ClientID, authorization: String?) -> SimulatedAnswer {
    portal(.clientRead, id, authorization, needs: \.readScopes) { state, record, _ in
      SimulatedAnswer(json: [
        "client_id": .string(id.rawValue), "client_name": .string(record.client.name),
        "client_orgno": .string(record.client.organisation), "integration_type": "maskinporten",
        "token_endpoint_auth_method": "private_key_jwt", "active": .bool(record.client.isActive),
        "grant_types": [.string(GrantForm.grantType)],
        "scopes": .array(record.client.scopes.map(JSONValue.string)),
        "access_token_lifetime": .integer(Int64(record.client.tokenLifetime)),
        "created": .string(record.created.portalStamp), "last_updated": .string(record.lastUpdated.portalStamp),
      ])
    }
  }

  /// `GET clients/{client_id}/jwks`. `stale` answers with the set before the last change.
  package func readKeys(of id: ClientID, authorization: String?, stale: Bool = false) -> SimulatedAnswer {
    portal(.keysRead, id, authorization, needs: \.readScopes) { _, record, _ in
      record.keySetAnswer(stale ? record.keys.previous : record.keys.current, status: 200)
    }
  }

  /// `POST` and `PUT clients/{client_id}/jwks`: replaces the whole set. With `landing`, the answer stands, but the set
  /// changes only so much later.
  package func replaceKeys(
    of id: ClientID, with body: Data, authorization: String?, status: Int? = nil, landing: Duration? = nil
  ) -> SimulatedAnswer {
    portal(.keysWrite, id, authorization, needs: \.writeScopes) { state, _, now in
      let post = KeySetPost(
        body, foreignKids: state.foreignKids(for: id), keyLife: state.settings.keyLife, now: now)
      guard post.objections.isEmpty else {
        return .portalProblem(400, post.objections, at: now, trace: state.random.hex(32))
      }
      state.replaceKeys(of: id, with: post.keys, at: now, landing: landing)
      return state.clients[id]?.keySetAnswer(post.keys, status: status ?? state.settings.postStatus)
        ?? SimulatedAnswer(status: 404)
    }
  }

  /// `DELETE clients/{client_id}/jwks`: removes every key.
  package func removeKeys(of id: ClientID, authorization: String?, landing: Duration? = nil) -> SimulatedAnswer {
    portal(.keysDelete, id, authorization, needs: \.writeScopes) { state, _, now in
      state.replaceKeys(of: id, with: [], at: now, landing: landing)
      return SimulatedAnswer(status: 204)
    }
  }

  private func portal(
    _ route: SimulatorRoute, _ id: ClientID, _ authorization: String?,
    needs scopes: KeyPath<WorldSettings, Set<String>>,
    _ body: (inout WorldState, ClientRecord, Date) -> SimulatedAnswer
  ) -> SimulatedAnswer {
    with { state, now in
      let answer =
        state.denial(of: id, authorization, needs: state.settings[keyPath: scopes], now: now)
        ?? state.clients[id].map { body(&state, $0, now) } ?? SimulatedAnswer(status: 404)
      state.record(route, status: answer.status, at: now, client: id)
      return answer
    }
  }
}

extension WorldState {
  /// Why the caller may not touch the client; nil when it may.
  fileprivate mutating func denial(
    of id: ClientID, _ authorization: String?, needs scopes: Set<String>, now: Date
  ) -> SimulatedAnswer? {
    let words = authorization?.split(separator: " ").map(String.init) ?? []
    guard words.count == 2, words[0].lowercased() == "bearer", let token = tokens[words[1]], token.expires > now
    else {
      return SimulatedAnswer(
        status: 401, json: ["error": "invalid_token"], headers: ["WWW-Authenticate": "Bearer error=\"invalid_token\""])
    }
    guard !scopes.isDisjoint(with: token.scopes) else {
      return SimulatedAnswer(status: 403, json: ["error": "insufficient_scope"])
    }
    guard let record = clients[id] else {
      return .portalProblem(404, ["client not found"], at: now, trace: random.hex(32))
    }
    guard clients[token.client]?.client.organisation == record.client.organisation else {
      return .portalProblem(403, ["no access to the client"], at: now, trace: random.hex(32))
    }
    return nil
  }

  fileprivate func foreignKids(for id: ClientID) -> Set<KeyID> {
    guard settings.kidsAreGlobal else { return [] }
    return Set(clients.filter { $0.key != id }.values.flatMap(\.keys.current).map(\.kid))
  }
}

extension ClientRecord {
  fileprivate func keySetAnswer(_ keys: [PortalKey], status: Int) -> SimulatedAnswer {
    SimulatedAnswer(
      status: status,
      json: [
        "keys": .array(keys.map { .object($0.members) }), "created": .string(created.portalStamp),
        "last_updated": .string(lastUpdated.portalStamp),
      ])
  }
}

extension SimulatedAnswer {
  /// The API's validation answer, as a client of 2025 met it.
  fileprivate static func portalProblem(_ status: Int, _ texts: [String], at now: Date, trace: String) -> Self {
    let joined = JSONValue.string(texts.map { ", " + $0 }.joined())
    let errors = texts.map { text -> JSONValue in
      ["errorMessage": .string(text), "isFieldError": true, "objectName": "clientJwks", "fieldIdentifier": "keys"]
    }
    return SimulatedAnswer(
      status: status,
      json: [
        "status": .integer(Int64(status)), "timestamp": .string(now.portalStamp), "correlation_id": .string(trace),
        "errors": .array(errors), "error": joined, "error_description": joined,
      ])
  }
}

extension Date {
  /// ISO 8601 with milliseconds, in UTC.
  var portalStamp: String { formatted(ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
