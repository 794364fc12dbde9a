internal import Foundation
internal import Primitives
internal import RotationCore

/// The dashboard's cookie: when it ends, a nonce, and HMAC-SHA256 over both under a key that only this process has, so
/// that a cookie can neither be made by others nor be used to guess at the secret, and ends with the process.
struct SessionCookie: Sendable {
  static let life = Duration.seconds(8 * 3_600)
  static let name = "keyturn_session"
  private let key = RandomBytes.make(32)

  /// The value of `Set-Cookie`: gone with the browser, unreadable to scripts, never sent from another site.
  func setCookie(until end: Date, secure: Bool) -> String {
    let body = "\(Int(end.timeIntervalSince1970)).\(Base64URL.encode(RandomBytes.make(16)))"
    return "\(Self.name)=\(body).\(seal(body)); Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "")
  }

  /// `cookies` is the request's `Cookie` field.
  func isValid(_ cookies: String, at now: Date) -> Bool {
    cookies.split(whereSeparator: { $0 == ";" || $0 == "," }).contains { pair in
      let pair = pair.drop { $0 == " " }
      guard pair.hasPrefix(Self.name + "=") else { return false }
      let parts = pair.dropFirst(Self.name.count + 1).split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 3, let end = Double(parts[0]) else { return false }
      let isOurs = ConstantTime.areEqual(Data(parts[2].utf8), Data(seal("\(parts[0]).\(parts[1])").utf8))
      return isOurs && now.timeIntervalSince1970 < end
    }
  }

  private func seal(_ body: String) -> String {
    Base64URL.encode(HMACSHA256.code(for: Data(body.utf8), key: key))
  }
}
