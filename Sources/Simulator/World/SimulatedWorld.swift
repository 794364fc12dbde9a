package import Foundation
package import RotationCore
internal import Synchronization

/// Maskinporten and Samarbeidsportalen's self-service API in memory: a function of the calls it got and of the clock.
/// It never waits and does no I/O; every change of time comes from `clock`. Safe to call from anywhere.
///
/// Sources: docs.digdir.no (Maskinporten; self-service API), RFC 7523, RFC 7515, RFC 8414.
package final class SimulatedWorld: Sendable {
  private let clock: any WallClock
  private let issuerSigner: any AssertionSigner
  private let state: Mutex<WorldState>

  /// `issuerSigner` signs the tokens. The first of `clients` is the one that a `HandEdit` means by default.
  package init(
    clients: [SimulatedClient], settings: WorldSettings = WorldSettings(), issuerSigner: any AssertionSigner,
    clock: any WallClock
  ) {
    self.clock = clock
    self.issuerSigner = issuerSigner
    state = Mutex(WorldState(settings: settings, clients: clients, now: clock.now() + settings.clockOffset))
  }

  /// One call, at one instant.
  func with<Result: Sendable>(_ body: (inout WorldState, Date) -> Result) -> Result {
    state.withLock { state in
      let now = clock.now() + state.settings.clockOffset
      state.settle(now)
      return body(&state, now)
    }
  }

  /// Maskinporten's own clock: the `Date` header.
  package var serverTime: Date { with { _, now in now } }

  package var settings: WorldSettings { with { state, _ in state.settings } }

  /// Turns knobs from now on; keys already on their way keep their hours.
  package func change(_ knobs: (inout WorldSettings) -> Void) { with { state, _ in knobs(&state.settings) } }

  /// `aud` of every grant; ends in a slash.
  package var issuer: String { with { state, _ in state.issuer } }

  /// Tells the world under which address it is reached (`http://127.0.0.1:8080`); no slash at the end.
  package func listen(at baseURL: String) { with { state, _ in state.baseURL = baseURL } }

  /// Where it listens, without a scheme: `127.0.0.1:8080`.
  package var address: String { with { state, _ in String(state.baseURL.drop { $0 != "/" }.drop { $0 == "/" }) } }

  // MARK: Token endpoint

  /// `POST /token` (RFC 7523 section 2.1). `route` is `call` for the app's own requests, so that they are told apart.
  package func token(contentType: String?, body: Data, route: SimulatorRoute = .token) -> SimulatedAnswer {
    with { state, now in
      let node = state.chooseNode()
      var assertion: Assertion?
      let answer: SimulatedAnswer
      var trouble: String?
      do {
        let read = try Assertion(GrantForm.assertion(in: body, contentType: contentType))
        assertion = read
        let client = try state.accept(read, at: node, now: now)
        answer = try state.issue(read, to: client, signer: issuerSigner, now: now)
      } catch let refusal as GrantRefusal {
        trouble = refusal.wording.text
        answer = refusal.answer(state.settings, issuer: state.issuer, random: &state.random)
      } catch {
        trouble = "no token could be signed"
        answer = SimulatedAnswer(status: 500, json: ["error": "server_error"])
      }
      state.record(
        route, status: answer.status, at: now, client: assertion?.client, kid: assertion?.kid, error: trouble,
        node: node)
      return answer
    }
  }

  /// A refusal in Maskinporten's words.
  func answer(to refusal: GrantRefusal) -> SimulatedAnswer {
    with { state, _ in refusal.answer(state.settings, issuer: state.issuer, random: &state.random) }
  }

  /// A token that was given here and still lives; nil for any other text.
  package func introspect(_ token: String) -> IssuedToken? {
    with { state, now in state.tokens[token].flatMap { $0.expires > now ? $0 : nil } }
  }

  /// RFC 8414 metadata.
  package func metadata() -> SimulatedAnswer {
    with { state, now in
      state.record(.metadata, status: 200, at: now)
      return SimulatedAnswer(json: [
        "issuer": .string(state.issuer), "token_endpoint": .string("\(state.baseURL)/token"),
        "jwks_uri": .string("\(state.baseURL)/jwk"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "grant_types_supported": [.string(GrantForm.grantType)],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "RS512"],
        "authorization_details_types_supported": ["urn:altinn:systemuser", "urn:altinn:consent"],
      ])
    }
  }

  /// The issuer's own public key.
  package func serverKeys() -> SimulatedAnswer {
    with { state, now in
      state.record(.serverKeys, status: 200, at: now)
      return SimulatedAnswer(json: ["keys": [issuerSigner.reference.jwk]])
    }
  }

  // MARK: By hand

  /// Somebody changes the portal. Throws `Failure` for a client that is not here.
  package func edit(_ edit: HandEdit) throws {
    let known = with { state, now in
      guard let id = edit.client ?? state.mainClient, var record = state.clients[id] else { return false }
      record.client.isActive = edit.active ?? record.client.isActive
      record.client.scopes = edit.scopes ?? record.client.scopes
      record.client.withdrawnScopes = edit.withdrawnScopes ?? record.client.withdrawnScopes
      state.clients[id] = record
      if let keys = edit.applied(to: record.keys.current) { state.replaceKeys(of: id, with: keys, at: now) }
      return true
    }
    guard known else {
      throw Failure(
        .inputInvalid, "the simulator has no client \(edit.client?.rawValue ?? "at all")",
        remedy: ["name one that GET /_simulator/state lists"])
    }
  }

  // MARK: What was asked

  /// Tokens given and refused by kid, whoever asked.
  package var grantCounts: [KeyID: GrantCount] { with { state, _ in state.log.counts } }
  /// The same for the deployed app alone: a rotation went well when nothing here is `refused`.
  package var appGrantCounts: [KeyID: GrantCount] { with { state, _ in state.log.appCounts } }
  /// The last calls, oldest first.
  package var calls: [SimulatedCall] { with { state, _ in state.log.recent } }
  /// Calls since the beginning.
  package var callCount: Int { with { state, _ in state.log.total } }

  func note(_ route: SimulatorRoute, status: Int) {
    with { state, now in state.record(route, status: status, at: now) }
  }

  /// What a portal's GET would list now.
  package func listedKeys(of client: ClientID) -> [PortalKey] {
    with { state, _ in state.clients[client]?.keys.current ?? [] }
  }

  /// The kids that each token server accepts now, by node.
  package func acceptedKids(of client: ClientID) -> [[KeyID]] {
    with { state, now in
      (0..<max(1, state.settings.nodes)).map { state.clients[client]?.keys.kids(at: $0, now: now) ?? [] }
    }
  }
}
