import Foundation
import RotationCore

@testable import KeyMaterial
@testable import Simulator

/// Keys for every test of this suite, made once.
enum Keys {
  /// Seals at next to no cost: nothing here outlives the test.
  static let store = SealedKeyStore(
    passphrase: SecretBytes(utf8: "a passphrase for tests"),
    scheme: SealingScheme(derivation: .scrypt(n: 16, r: 8, p: 1)))
  static let start = Date(timeIntervalSince1970: 1_795_000_000)
  static let client = Result { try make("client") }
  static let other = Result { try make("other") }
  static let admin = Result { try make("admin") }

  private static func make(_ name: String) throws -> SealedKey {
    try store.generate(bits: 2048, algorithm: .RS256, at: start) { _ in KeyID(name) }
  }
}

/// One of `Keys`, as an app's environment holds it.
enum KeyName: String {
  case client, other

  func pem() throws -> String {
    let key = try self == .client ? Keys.client.get() : Keys.other.get()
    let pair = try Keys.store.pair(from: key)
    return pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}

/// A world with a client (keys `client`), an admin client and a clock that stands still.
struct Fixture {
  static let id = ClientID("client-1")
  static let adminID = ClientID("admin-1")
  static let scope = "altinn:serviceowner/instances.read"

  let clock = VirtualClock(Keys.start, halts: 1)
  let world: SimulatedWorld
  let client: RSASigner
  let other: RSASigner
  let admin: RSASigner

  init(
    _ settings: WorldSettings = .immediate, keys: [PortalKey]? = nil, clients: [SimulatedClient] = [],
    adminScopes: [String] = ["idporten:dcr.read", "idporten:dcr.write"], adminOrganisation: String = "991825827"
  ) throws {
    client = try Self.signer(Keys.client.get())
    other = try Self.signer(Keys.other.get())
    admin = try Self.signer(Keys.admin.get())
    let main = SimulatedClient(
      id: Self.id, scopes: [Self.scope], tokenLifetime: 600, keys: keys ?? [PortalKey(client.reference)])
    let office = SimulatedClient(
      id: Self.adminID, organisation: adminOrganisation, scopes: adminScopes, keys: [PortalKey(admin.reference)])
    world = SimulatedWorld(
      clients: [main, office] + clients, settings: settings, issuerSigner: admin, clock: clock)
  }

  private static func signer(_ key: SealedKey) throws -> RSASigner {
    let signer = try Keys.store.signer(for: key)
    guard let signer = signer as? RSASigner else { throw Unexpected() }
    return signer
  }

  struct Unexpected: Error {}

  /// Claims that Maskinporten takes, with changes; a null drops the claim.
  func claims(_ changes: [String: JSONValue] = [:]) -> [String: JSONValue] {
    let now = Int64(clock.now().timeIntervalSince1970)
    var claims: [String: JSONValue] = [
      "aud": .string(world.issuer), "iss": .string(Self.id.rawValue), "scope": .string(Self.scope),
      "iat": .integer(now), "exp": .integer(now + 120), "jti": .string(UUID().uuidString),
    ]
    for (name, value) in changes { claims[name] = value == .null ? nil : value }
    return claims
  }

  func assertion(_ changes: [String: JSONValue] = [:], by signer: RSASigner? = nil) throws -> String {
    try (signer ?? client).sign(claims: .object(claims(changes)))
  }

  /// A JWS over exactly this header, with a good signature.
  func assertion(header: String, payload: Data? = nil, by signer: RSASigner? = nil) throws -> String {
    try (signer ?? client).sign(header: Data(header.utf8), payload: payload ?? JSONValue.object(claims()).canonical)
  }

  func token(_ assertion: String) -> SimulatedAnswer {
    world.token(contentType: "application/x-www-form-urlencoded", body: GrantForm.body(for: assertion))
  }

  func token(_ changes: [String: JSONValue] = [:], by signer: RSASigner? = nil) throws -> SimulatedAnswer {
    token(try assertion(changes, by: signer))
  }

  /// `Bearer …` of the admin client.
  func authorization(scope: String = "idporten:dcr.read idporten:dcr.write") throws -> String {
    let answer = try token(["iss": .string(Self.adminID.rawValue), "scope": .string(scope)], by: admin)
    return "Bearer \(answer.json?["access_token"]?.string ?? "")"
  }

  func post(_ keys: [JSONValue], authorization: String? = nil) throws -> SimulatedAnswer {
    let body: JSONValue = ["keys": .array(keys)]
    return world.replaceKeys(
      of: Self.id, with: body.canonical, authorization: try authorization ?? self.authorization())
  }

  func listed() throws -> SimulatedAnswer { world.readKeys(of: Self.id, authorization: try authorization()) }
}

extension SimulatedAnswer {
  /// `error_description` without the trace id.
  var text: String? {
    guard let description = json?["error_description"]?.string else { return nil }
    return description.components(separatedBy: ". (").first
  }

  var code: String? { json?["error_uri"]?.string?.split(separator: "/").last.map(String.init) }

  /// The kids of a key set.
  var kids: [String] { (json?["keys"]?.array ?? []).compactMap { $0["kid"]?.string } }
}

extension KeyReference {
  /// Its JWK with changes; a null drops the member.
  func jwk(_ changes: [String: JSONValue]) -> JSONValue {
    var members = jwk.object ?? [:]
    for (name, value) in changes { members[name] = value == .null ? nil : value }
    return .object(members)
  }
}

/// A folder that is gone after the test.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("simulator-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
