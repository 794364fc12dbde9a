package import RotationCore

/// Asks the running process which kid it signs with: `GET beacon_url` answers 200 and JSON `{ "kid": "…" }`; other
/// members are free.
package struct HTTPSignerBeacon: SignerBeacon {
  static let neighbour = "the signer beacon"

  private let url: String
  private let transport: HTTPTransport

  package init(url: String, transport: HTTPTransport) {
    self.url = url
    self.transport = transport
  }

  package func signingKid() async throws -> KeyID {
    let answer = try await transport.send(.get(url), to: Self.neighbour)
    guard answer.isSuccess else {
      throw NeighbourTrouble(
        neighbour: Self.neighbour, kind: .rejected, detail: "answered \(answer.status)", status: answer.status)
    }
    guard let kid = try answer.json(from: Self.neighbour)["kid"]?.string, (1...256).contains(kid.utf8.count) else {
      throw answer.unusable(Self.neighbour, "answered without a kid")
    }
    return KeyID(kid)
  }
}
