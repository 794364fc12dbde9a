import Foundation
import FoundationNetworking
import Testing

/// The live integration against a simulation, from outside alone.
extension Simulation {
  var base: String { "http://127.0.0.1:\(port)" }

  /// The app's whole environment: what `simulate` printed, and the pair from the app's file.
  func live() throws -> [String: String] {
    let text = try String(contentsOf: envFile, encoding: .utf8)
    let kid = try #require(text.firstMatch(of: /MASKINPORTEN_KID='([^']+)'/)).output.1
    let pem = try #require(text.firstMatch(of: /MASKINPORTEN_PRIVATE_KEY='([^']+)'/)).output.1
    return program.environment.merging([
      "MASKINPORTEN_KID": String(kid), "MASKINPORTEN_PRIVATE_KEY": String(pem),
    ]) { $1 }
  }

  @discardableResult func post(_ path: String, _ body: [String: Any] = [:], method: String = "POST") async throws
    -> [String: Any]
  {
    var request = URLRequest(url: try #require(URL(string: base + path)))
    request.httpMethod = method
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    let (data, answer) = try await URLSession.shared.data(for: request)
    try #require((answer as? HTTPURLResponse)?.statusCode == 200, "\(path): \(String(decoding: data, as: UTF8.self))")
    return (try JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
  }

  func settings(_ knobs: [String: Any]) async throws { try await post("/_simulator/settings", knobs) }

  /// Changes the portal by hand, and every token server knows it at once.
  func edit(_ edit: [String: Any]) async throws {
    try await settings(["publication_seconds": 0, "removal_seconds": 0])
    try await post("/_simulator/keys", edit)
  }

  /// Strikes every call of the app's client from now on; the admin client's are left alone.
  func strike(_ fault: [String: Any], route: String = "token") async throws {
    let client = program.environment["MASKINPORTEN_CLIENT_ID"] ?? ""
    let rule = ["route": route, "times": 0].merging(fault) { $1 }
    let aimed = route == "token" ? rule.merging(["client": client]) { $1 } : rule
    try await post("/_simulator/faults", ["rules": [aimed]])
  }

  /// The JWK of a listed key.
  func listed(_ kid: String) async throws -> [String: Any] {
    let clients = try #require(try await get("/_simulator/state")["clients"] as? [[String: Any]])
    let keys = clients.flatMap { $0["keys"] as? [[String: Any]] ?? [] }
    return try #require(keys.first { $0["kid"] as? String == kid })
  }
}
