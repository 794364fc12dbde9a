internal import Foundation

/// The body of `POST /token` (RFC 6749 appendix B): each parameter once.
enum GrantForm {
  static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

  /// The assertion. Parameters that are not known are ignored (RFC 6749 section 3.2).
  static func assertion(in body: Data, contentType: String?) throws(GrantRefusal) -> String {
    let type = contentType?.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    guard type == "application/x-www-form-urlencoded", let text = String(validating: body, as: UTF8.self) else {
      throw .malformedRequest
    }
    var parameters: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, let name = decoded(halves[0]), let value = decoded(halves[1]),
        parameters.updateValue(value, forKey: name) == nil
      else { throw .malformedRequest }
    }
    guard let type = parameters["grant_type"] else { throw .malformedRequest }
    guard type == grantType else { throw .unsupportedGrantType }
    guard let assertion = parameters["assertion"], !assertion.isEmpty else { throw .malformedRequest }
    return assertion
  }

  private static func decoded(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }

  /// The body that a client sends.
  static func body(for assertion: String) -> Data {
    let type = grantType.replacing(":", with: "%3A")
    return Data("grant_type=\(type)&assertion=\(assertion)".utf8)
  }
}
