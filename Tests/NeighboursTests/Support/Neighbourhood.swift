import Foundation
import RotationCore
import RotationTestSupport

@testable import Neighbours

/// What most tests here put together.
struct Neighbourhood {
  static let issuer = "https://issuer.example/"
  let clock = ManualClock()
  let transport: HTTPTransport

  init(answer: Duration = .seconds(60), body: Int = 262_144) throws {
    transport = try HTTPTransport(
      version: "1.2.3", limits: .init(connect: .seconds(60), answer: answer, body: body), clock: clock)
  }

  func maskinporten(_ server: String, issuer: String = issuer, scopes: [String] = ["a:b", "c:d/e"])
    -> MaskinportenClient
  {
    MaskinportenClient(
      transport: transport, issuer: issuer, tokenEndpoint: server + "/token", clientID: ClientID("client-1"),
      scopes: scopes, clock: clock)
  }

  func exchange(
    _ server: String, deadline: Duration = .seconds(45), random: @escaping @Sendable () -> Double = { 0.5 }
  ) -> TokenExchange {
    TokenExchange(
      client: maskinporten(server), clock: clock, budget: TokenExchange.Budget(deadline: deadline), random: random)
  }

  func portal(_ server: String, client: String = "client-1") throws -> SelfServicePortal {
    SelfServicePortal(
      base: server + "/api/v1", clientID: ClientID(client), adminToken: try adminToken(from: server),
      transport: transport)
  }

  func vercel(_ server: String) -> VercelTarget {
    VercelTarget(
      Runbook.Vercel(token: SecretString("t"), project: "app", api: server), beaconURL: nil, readinessURL: nil,
      readinessSecret: nil, transport: transport, clock: clock, chance: { 0 })
  }

  func adminToken(from server: String) throws -> AdminToken {
    AdminToken(exchange: exchange(server), signer: try Signer.admin(), clock: clock)
  }

  static func granted(_ token: String = "token-1", lifetime: Int = 120) -> LoopbackServer.Reply {
    .json(200, #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":\#(lifetime),"scope":"a:b"}"#)
  }

  static func refused(
    _ error: String = "invalid_grant", _ text: String, code: String? = nil, status: Int = 400
  ) -> LoopbackServer.Reply {
    let uri = code.map { #","error_uri":"https://maskinporten.no/errors/\#($0)""# } ?? ""
    return .json(status, #"{"error":"\#(error)","error_description":"\#(text)"\#(uri)}"#)
  }
}
