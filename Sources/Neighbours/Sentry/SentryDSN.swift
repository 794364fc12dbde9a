internal import Foundation
package import RotationCore

/// Where a Sentry project takes events (Sentry's developer docs, "DSN"):
/// `{scheme}://{public key}[:{secret}]@{host}[:{port}][{path}]/{project id}`. The obsolete secret is not used.
package struct SentryDSN: Sendable, Equatable {
  /// `{scheme}://{host}[:{port}][{path}]/api/{project id}/envelope/`
  let endpoint: String
  let publicKey: String

  /// Throws a `Failure` that names the fault and never the DSN.
  package init(_ text: String) throws(Failure) {
    guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty else {
      throw Self.unusable("is no URL")
    }
    var address = parts
    (address.user, address.password) = (nil, nil)
    guard let bare = address.string, LiveEnvironment.problem(ofAddress: bare, .httpsOrLoopback) == nil else {
      throw Self.unusable("must begin with https:// (http:// is only for loopback addresses)")
    }
    guard let key = parts.user, !key.isEmpty, key.utf8.allSatisfy(KeyID.isAllowed) else {
      throw Self.unusable("has no public key before the @")
    }
    guard parts.query == nil, parts.fragment == nil else { throw Self.unusable("has more than a path after the host") }
    var path = parts.percentEncodedPath.split(separator: "/").map(String.init)
    guard let project = path.popLast(), project.utf8.allSatisfy(KeyID.isAllowed) else {
      throw Self.unusable("does not end in a project id")
    }
    var endpoint = URLComponents()
    endpoint.scheme = parts.scheme
    endpoint.host = host
    endpoint.port = parts.port
    endpoint.percentEncodedPath = "/" + (path + ["api", project, "envelope", ""]).joined(separator: "/")
    guard let url = endpoint.string else { throw Self.unusable("is no URL") }
    self.endpoint = url
    publicKey = key
  }

  private static func unusable(_ fault: String) -> Failure {
    Failure(
      .inputInvalid, "SENTRY_DSN \(fault); no event is sent to Sentry, and nothing else is changed by that",
      remedy: ["copy the DSN from the project's settings (Client Keys), or unset SENTRY_DSN"])
  }
}
