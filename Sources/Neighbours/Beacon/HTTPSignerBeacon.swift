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
    guard let kid = try answer.json(from: Self.neighbour)["kid"]?.string.flatMap(KeyID.init(told:)) else {
      throw answer.unusable(Self.neighbour, "answered without a kid")
    }
    return kid
  }
}

extension KeyID {
  /// As a stranger's answer names it; nil for what is no kid: nothing, too much, or what a terminal would obey.
  init?(told text: String) {
    guard (1...256).contains(text.utf8.count), Redaction.line(text) == text else { return nil }
    self.init(text)
  }
}
