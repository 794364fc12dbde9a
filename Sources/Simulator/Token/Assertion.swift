internal import Foundation
internal import Primitives
internal import RotationCore

/// The JWT of a grant (RFC 7523 section 2.1), read but not believed.
struct Assertion {
  let text: String
  let jws: CompactJWS
  let algorithm: RSAHash
  let header: [String: JSONValue]
  let claims: [String: JSONValue]

  /// The claims of docs.digdir.no, JWT grant; any other is refused.
  static let knownClaims: Set<String> = [
    "aud", "iss", "scope", "iat", "exp", "jti", "resource", "pid", "consumer_org", "iss_onbehalfof",
    "authorization_details",
  ]

  /// Refuses what is no compact JWS over JSON objects with unique names, every algorithm but RS256, RS384 and RS512,
  /// critical header parameters (none is understood here), `kid` beside `x5c`, and claims of an unknown name or type.
  init(_ text: String) throws(GrantRefusal) {
    guard let jws = CompactJWS(text), let header = (try? JSONValue(parsing: jws.header))?.object,
      let claims = (try? JSONValue(parsing: jws.payload))?.object,
      let algorithm = header["alg"]?.string.flatMap(RSAHash.init(rawValue:)),
      header["crit"] == nil, header["b64"] == nil, header["kid"] == nil || header["x5c"] == nil,
      header["kid"] == nil || header["kid"]?.string != nil,
      Self.knownClaims.isSuperset(of: claims.keys), Self.haveTheirTypes(claims)
    else { throw .invalidAssertion }
    self.text = text
    self.jws = jws
    self.algorithm = algorithm
    self.header = header
    self.claims = claims
  }

  var kid: KeyID? { header["kid"]?.string.map(KeyID.init(rawValue:)) }
  var client: ClientID? { claims["iss"]?.string.map(ClientID.init(rawValue:)) }
  var scopes: [String] { (claims["scope"]?.string ?? "").split(separator: " ").map(String.init) }
  var issuedAt: Double? { Self.seconds(claims["iat"]) }
  var expires: Double? { Self.seconds(claims["exp"]) }
  /// Grants cannot be used twice; without a `jti` the whole text stands for itself.
  var identity: String { claims["jti"]?.string ?? text }

  /// Who a token request says it comes from; nil where it cannot be read.
  static func issuer(in body: Data, contentType: String?) -> ClientID? {
    (try? Assertion(GrantForm.assertion(in: body, contentType: contentType)))?.client
  }

  /// Whether `key` made the signature with the algorithm that it is registered for.
  func isSigned(by key: PortalKey) -> Bool {
    guard key.members["alg"]?.string == algorithm.rawValue, let n = key.n, let e = key.e,
      let verification = RSAVerificationKey(n: n, e: e)
    else { return false }
    return jws.isSigned(by: verification, hash: algorithm)
  }

  private static func haveTheirTypes(_ claims: [String: JSONValue]) -> Bool {
    for (name, value) in claims {
      let fits =
        switch name {
        case "iat", "exp": seconds(value) != nil
        case "resource": value.array?.allSatisfy { $0.string != nil } == true
        case "authorization_details": value.array?.allSatisfy { $0.object != nil } == true
        case "aud": value.string != nil || value.array != nil
        default: value.string?.isEmpty == false
        }
      if !fits { return false }
    }
    return claims["consumer_org"] == nil || claims["iss_onbehalfof"] == nil
  }

  /// NumericDate (RFC 7519 section 2): whole seconds or a fraction.
  private static func seconds(_ value: JSONValue?) -> Double? {
    switch value {
    case .integer(let seconds): Double(seconds)
    case .number(let seconds): seconds
    default: nil
    }
  }
}
