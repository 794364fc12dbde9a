internal import Foundation
internal import HTTPTypes

/// What the login page sends.
struct LoginForm {
  let secret: String

  /// Nil for anything but a form with one `secret`.
  init?(_ request: DoorRequest) {
    let type = (request.fields[.contentType] ?? "").prefix { $0 != ";" }
    guard type.trimmingCharacters(in: .whitespaces).lowercased() == "application/x-www-form-urlencoded" else {
      return nil
    }
    let given = String(decoding: request.body, as: UTF8.self).split(separator: "&").filter { $0.hasPrefix("secret=") }
    guard given.count == 1, let secret = given[0].dropFirst(7).replacing("+", with: " ").removingPercentEncoding else {
      return nil
    }
    self.secret = secret
  }
}
