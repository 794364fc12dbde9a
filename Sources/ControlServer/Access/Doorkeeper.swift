internal import Foundation
internal import HTTPTypes
internal import Primitives
internal import RotationCore

/// Who is let in. Secrets are compared in constant time, and without a usable one nobody is.
struct Doorkeeper: Sendable {
  private let secret: SecretString?
  private let sessions = SessionCookie()

  init(secret: SecretString?) { self.secret = secret }

  func admits(_ request: DoorRequest, to route: DoorRoute, at now: Date) -> Bool {
    switch route.admits {
    case .everybody: true
    case .bearer: hasBearer(request)
    case .bearerFromOutside: request.isLocal || hasBearer(request)
    case .bearerOrSession: hasBearer(request) || hasSession(request, at: now)
    }
  }

  /// `Set-Cookie` for whoever knows the secret; nil for everybody else.
  func session(for given: String, to request: DoorRequest, at now: Date) -> String? {
    guard isSecret(given) else { return nil }
    return sessions.setCookie(until: now + SessionCookie.life, secure: !request.isLocal)
  }

  /// RFC 6750 section 2.1; the scheme in any case (RFC 9110 section 11.1), the token byte for byte.
  private func hasBearer(_ request: DoorRequest) -> Bool {
    guard let value = request.fields[.authorization], let blank = value.firstIndex(of: " "),
      value[..<blank].lowercased() == "bearer"
    else { return false }
    return isSecret(String(value[blank...].drop { $0 == " " }))
  }

  private func hasSession(_ request: DoorRequest, at now: Date) -> Bool {
    secret != nil && sessions.isValid(request.fields[.cookie] ?? "", at: now)
  }

  private func isSecret(_ given: String) -> Bool {
    guard let secret else { return false }
    return ConstantTime.areEqual(Data(given.utf8), Data(secret.reveal().utf8))
  }
}
