internal import Foundation
package import RotationCore

/// Altinn's exchange of a Maskinporten token for one of its own (docs.altinn.studio, authentication API): it shows that
/// Altinn takes the client's tokens, which an entry in the System Register stands behind.
package struct AltinnExchange: Sendable {
  static let neighbour = "Altinn"

  private let url: String
  private let transport: HTTPTransport

  /// `https://platform.altinn.no/authentication/api/v1/exchange/maskinporten`, or `platform.tt02.altinn.no` for test.
  package init(url: String, transport: HTTPTransport) {
    self.url = url
    self.transport = transport
  }

  /// What to say of an exchange that went well. Altinn's token is dropped.
  package func trial(of token: AccessToken) async throws(NeighbourTrouble) -> String {
    let answer = try await transport.send(.get(url).bearing(token.value), to: Self.neighbour)
    guard answer.isSuccess else {
      throw NeighbourTrouble(
        neighbour: Self.neighbour, kind: .rejected,
        detail: "Altinn's exchange answered \(answer.status): \(answer.text(limit: 200))", status: answer.status)
    }
    guard Self.isToken(answer.body) else { throw answer.unusable(Self.neighbour, "Altinn's exchange gave no token") }
    return "Altinn exchanged a token of this client for its own"
  }

  /// A compact JWT, bare or as a JSON string, whatever its content type says.
  private static func isToken(_ body: Data) -> Bool {
    String(decoding: body, as: UTF8.self).wholeMatch(of: /\s*"?[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"?\s*/)
      != nil
  }
}
