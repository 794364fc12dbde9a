internal import Foundation
internal import Primitives
internal import RotationCore

/// What the portal says about a key set that was sent: the keys to store, or every objection at once.
struct KeySetPost {
  private(set) var keys: [PortalKey] = []
  private(set) var objections: [String] = []

  static let capacity = 5
  static let requiredMembers = ["kty", "use", "alg", "kid", "n", "e"]

  /// Sets `exp` where it was not sent, and cuts one that lies beyond a year. Unknown members are kept.
  init(_ body: Data, foreignKids: Set<KeyID>, keyLife: Duration, now: Date) {
    guard let set = (try? JSONValue(parsing: body))?["keys"]?.array else {
      objections = ["keys: must be an array in a JSON object with unique member names"]
      return
    }
    if set.isEmpty { objections.append("keys: must not be empty") }
    if set.count > Self.capacity { objections.append("keys: at most \(Self.capacity) are allowed") }
    let latest = Int64((now + keyLife).timeIntervalSince1970)
    for (index, value) in set.enumerated() {
      let problems = Self.problems(of: value, foreignKids: foreignKids)
      objections += problems.map { "keys[\(index)].\($0)" }
      guard problems.isEmpty, var members = value.object else { continue }
      members["exp"] = .integer(min(members["exp"]?.integer ?? latest, latest))
      keys.append(PortalKey(members: members))
    }
    if Set(keys.map(\.kid)).count != keys.count { objections.append("keys: kid must be unique") }
  }

  private static func problems(of value: JSONValue, foreignKids: Set<KeyID>) -> [String] {
    guard let key = value.object else { return ["must be a JSON object"] }
    var problems = requiredMembers.filter { key[$0]?.string == nil }.map { "\($0): must not be null" }
    problems += key.keys.filter(PortalKeySet.privateMembers.contains).sorted().map { "\($0): private keys are refused" }
    if let type = key["kty"]?.string, type != "RSA" { problems.append("kty: must be RSA") }
    if let use = key["use"]?.string, use != "sig" { problems.append("use: must be sig") }
    if let algorithm = key["alg"]?.string, SigningAlgorithm(rawValue: algorithm) == nil {
      problems.append("alg: must be RS256, RS384 or RS512")
    }
    if let kid = key["kid"]?.string {
      if kid.isEmpty || !kid.utf8.allSatisfy(KeyID.isAllowed) {
        problems.append("kid: only A-Z a-z 0-9 . _ - are allowed")
      }
      if foreignKids.contains(KeyID(kid)) { problems.append("kid: is used by another client") }
    }
    if let n = key["n"]?.string, let e = key["e"]?.string, RSAVerificationKey(n: n, e: e) == nil {
      problems.append("n: must be an RSA public key of at least 2048 bits")
    }
    if let expires = key["exp"], expires.integer == nil { problems.append("exp: must be seconds since 1970") }
    return problems
  }
}
