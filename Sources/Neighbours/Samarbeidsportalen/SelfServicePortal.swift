internal import Foundation
package import RotationCore

/// A client's key set through the self-service API (docs.digdir.no, Samarbeidsportalen: `clients/{client_id}/jwks`).
package struct SelfServicePortal: ClientPortal {
  static let neighbour = "Samarbeidsportalen"
  /// The token used by a read outlives the write that follows it at once, so that no call comes between the two.
  static let marginToRead = Duration.seconds(30)
  static let marginToWrite = Duration.seconds(5)
  /// Characters of Digdir's own validation text that are shown.
  static let shownText = 2_000

  private let client: String
  private var url: String { client + "/jwks" }
  private let adminToken: AdminToken
  private let transport: HTTPTransport

  /// `base` has no trailing slash: `https://api.samarbeid.digdir.no/api/v1`.
  package init(base: String, clientID: ClientID, adminToken: AdminToken, transport: HTTPTransport) {
    let segment = clientID.rawValue.addingPercentEncoding(withAllowedCharacters: Self.segmentCharacters)
    client = base + "/clients/" + (segment ?? "")
    self.adminToken = adminToken
    self.transport = transport
  }

  private static let segmentCharacters = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

  /// A token that the portal no longer takes is replaced once; a read may be sent twice.
  package func read() async throws -> PortalKeySet { try PortalKeySet(reading: await get(url)) }

  /// The client's record besides its keys. Throws as `read`; status 404 or 403 for a client that is not ours.
  package func registration() async throws -> ClientRegistration {
    let document = try await get(client).json(from: Self.neighbour)
    var isActive: Bool?
    if case .bool(let flag) = document["active"] { isActive = flag }
    return ClientRegistration(
      isActive: isActive, scopes: document["scopes"]?.array.map { $0.compactMap(\.string) })
  }

  private func get(_ url: String) async throws -> HTTPAnswer {
    let (token, wasKept) = try await adminToken.token(margin: Self.marginToRead)
    do { return try await send(.get(url).bearing(token)) } catch let trouble as NeighbourTrouble {
      guard trouble.status == 401, wasKept else { throw trouble }
    }
    return try await send(.get(url).bearing(adminToken.token(margin: Self.marginToRead).value))
  }

  package func replace(with keys: [PortalKey]) async throws {
    try Self.refuseWhatMustNotLeave(keys)
    let body = JSONValue.object(["keys": .array(keys.map { .object($0.members) })]).canonical
    let (token, _) = try await adminToken.token(margin: Self.marginToWrite)
    _ = try await send(.post(url, body, as: "application/json").bearing(token))
  }

  private func send(_ call: HTTPCall) async throws -> HTTPAnswer {
    let answer = try await transport.send(call, to: Self.neighbour)
    if answer.status == 401 { await adminToken.drop() }
    guard answer.isSuccess else {
      let text = answer.text(limit: Self.shownText)
      throw NeighbourTrouble(
        neighbour: Self.neighbour, kind: .rejected,
        detail: "answered \(answer.status)" + (text.isEmpty ? "" : ": \(text)"), status: answer.status)
    }
    return answer
  }

  /// The last guard before the wire; whatever planned the set has checked the same.
  private static func refuseWhatMustNotLeave(_ keys: [PortalKey]) throws(NeighbourTrouble) {
    func refusal(_ detail: String) -> NeighbourTrouble {
      NeighbourTrouble(neighbour: neighbour, kind: .rejected, detail: "not sent: " + detail)
    }
    if keys.isEmpty { throw refusal("the set is empty, and the client would lose every key") }
    for key in keys {
      let found = key.members.keys.filter(PortalKeySet.privateMembers.contains).sorted()
      if !found.isEmpty {
        throw refusal("key \(key.kid) carries private members (\(found.joined(separator: ", ")))")
      }
    }
  }
}

extension PortalKeySet {
  /// The answer to a GET: `keys`, `created` and `last_updated`, and every member of every key.
  init(reading answer: HTTPAnswer) throws(NeighbourTrouble) {
    let document = try answer.json(from: SelfServicePortal.neighbour)
    guard let listed = document["keys"]?.array else {
      throw answer.unusable(SelfServicePortal.neighbour, "answered without a list of keys")
    }
    let keys = listed.compactMap(\.object).map(PortalKey.init(members:))
    guard keys.count == listed.count else {
      throw answer.unusable(SelfServicePortal.neighbour, "answered with a key that is no object")
    }
    func stamp(_ member: String) -> String? {
      document[member]?.string ?? document[member]?.integer.map(String.init)
    }
    self.init(keys: keys, created: stamp("created"), lastUpdated: stamp("last_updated"))
  }
}
