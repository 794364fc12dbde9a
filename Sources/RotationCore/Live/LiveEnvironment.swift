internal import Foundation

/// The live integration's settings, valid by construction. A pure function of the environment; nothing is looked up.
package struct LiveEnvironment: Sendable, Equatable {
  package let clientID: ClientID
  package let kid: KeyID
  package let privateKey: SecretString
  /// As set, byte for byte.
  package let tokenEndpoint: String
  /// As set, byte for byte: the `aud` of every assertion.
  package let issuer: String
  package let apiSecret: SecretString

  /// Which addresses pass.
  package enum Addresses: Sendable {
    /// The rule of the readiness probe.
    case https
    /// `http://` to a loopback address too: a rehearsal against the simulator, which no production can be.
    case httpsOrLoopback
  }

  /// The least length of `INTERNAL_API_SECRET`, counted as the app counts it (UTF-16 code units).
  package static let shortestSecret = 32

  /// Checks every variable but the mode, and throws everything that is wrong at once.
  package init(
    reading variables: [String: String], checkingKeyWith key: any LiveKeyCheck, addresses: Addresses = .https
  ) throws(LiveFindings) {
    var findings: [LiveFinding] = []
    func value(_ variable: LiveVariable) -> String {
      if let value = Self.value(variable, in: variables) { return value }
      findings.append(LiveFinding(variable, .missing))
      return ""
    }
    func address(_ variable: LiveVariable) -> String {
      let text = value(variable)
      if !text.isEmpty, let detail = Self.problem(ofAddress: text, addresses) {
        findings.append(
          LiveFinding(variable, .notHTTPS, detail: HiddenFlaw(of: variable, in: variables)?.told ?? detail))
      }
      return text
    }
    clientID = ClientID(value(.clientID))
    kid = KeyID(value(.kid))
    let pem = value(.privateKey)
    if !pem.isEmpty, let fault = key.fault(of: SecretBytes(utf8: pem), kid: kid) {
      findings.append(
        LiveFinding(
          .privateKey, .unusableKey, detail: fault.problem, shape: fault.shape, remedy: fault.remedy))
    }
    privateKey = SecretString(pem)
    tokenEndpoint = address(.tokenEndpoint)
    issuer = address(.issuer)
    let secret = value(.apiSecret)
    if !secret.isEmpty, secret.utf16.count < Self.shortestSecret {
      findings.append(LiveFinding(.apiSecret, .tooShort, detail: "it has \(secret.utf16.count)"))
    }
    apiSecret = SecretString(secret)
    guard findings.isEmpty else { throw LiveFindings(all: findings) }
  }

  /// The readiness route's secret, whatever the mode; nil where `problemOfSecret` names one, and then the route answers
  /// nobody.
  package static func apiSecret(in variables: [String: String]) -> SecretString? {
    problemOfSecret(in: variables) == nil ? value(.apiSecret, in: variables).map(SecretString.init) : nil
  }

  /// Why no request opens the route: the secret is missing, too short, or holds what no `Authorization` field carries
  /// (RFC 9110 section 5.5: no control characters, no blank at an edge). Words after the variable's name.
  package static func problemOfSecret(in variables: [String: String]) -> String? {
    guard let secret = value(.apiSecret, in: variables), secret.utf16.count >= shortestSecret else {
      return "is missing or shorter than \(shortestSecret) characters"
    }
    let isCarried =
      !secret.hasPrefix(" ") && !secret.hasSuffix(" ")
      && secret.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\u{FFFD}" }
    let flaw = HiddenFlaw(of: .apiSecret, in: variables)?.words ?? "holds a control character"
    return isCarried ? nil : "\(flaw), which no request can carry"
  }

  /// Vercel's production deployment, by its own variable.
  package static func isProduction(_ variables: [String: String]) -> Bool { variables["VERCEL_ENV"] == "production" }

  /// Nil where the variable is not set, or holds nothing but blanks.
  package static func value(_ variable: LiveVariable, in variables: [String: String]) -> String? {
    variables[variable.rawValue].flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
  }

  /// What keeps an address from being called with something secret in hand; nil where nothing does.
  package static func problem(ofAddress text: String, _ addresses: Addresses) -> String? {
    guard let parts = URLComponents(string: text, encodingInvalidCharacters: false), let scheme = parts.scheme,
      let host = parts.host, !host.isEmpty
    else { return "it is no URL with a scheme and a host" }
    if parts.user != nil || parts.password != nil { return "it holds a name or a password" }
    if let port = parts.port, !(1...65_535).contains(port) { return "its port is not between 1 and 65535" }
    // A name may end in one dot, that of the root.
    let name = host.hasSuffix(".") ? host.dropLast() : host[...]
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    if labels.contains(where: \.isEmpty) { return "a part of its host's name is empty" }
    switch scheme.lowercased() {
    case "https": return nil
    case "http" where addresses == .httpsOrLoopback && isLoopback(host): return nil
    default: return "its scheme is \(scheme)"
    }
  }

  private static func isLoopback(_ host: String) -> Bool {
    if ["localhost", "[::1]", "::1"].contains(host) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
