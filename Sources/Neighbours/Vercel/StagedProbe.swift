internal import Foundation
internal import RotationCore

/// Asks one deployment at its immutable address what the runbook asks at the production address.
struct StagedProbe: Sendable {
  let scheme: String
  let beaconURL: String?
  let readinessURL: String?
  let readinessSecret: SecretString?
  /// Lets a call through Deployment Protection.
  let bypass: SecretString?
  /// Whether a deployment that lets nobody in is held up for it.
  let mustAnswer: Bool
  let transport: HTTPTransport

  /// Whether anything is asked at all.
  var asks: Bool { beaconURL != nil || readinessURL != nil }

  /// Throws `rejected` when the deployment signs with another kid or is not ready. What the app does not serve there
  /// (404) is not asked of it.
  func ask(_ deployment: VercelDeployment, kid: KeyID) async throws {
    if let url = address(of: deployment, like: beaconURL),
      let answer = try await answer(.get(url)), answer.isSuccess
    {
      let named = try answer.json(from: deployment.id)["kid"]?.string ?? "none"
      guard named == kid.rawValue else {
        throw VercelAPI.trouble(
          .rejected,
          "\(deployment.id) is built and signs with kid \(Redaction.line(named, limit: 140)), not \(kid):"
            + " it did not take the variables that are set now")
      }
    }
    if let url = address(of: deployment, like: readinessURL),
      let answer = try await answer(readinessSecret.map { HTTPCall.get(url).bearing($0) } ?? .get(url)),
      answer.status != 404
    {
      guard answer.status == 200, try answer.json(from: deployment.id)["status"]?.string == "ready" else {
        throw VercelAPI.trouble(
          .rejected, "\(deployment.id) is built and not ready (its readiness answers \(answer.status))")
      }
    }
  }

  /// Nil where Deployment Protection keeps everybody out: 401, 403, or the way to a login.
  private func answer(_ call: HTTPCall) async throws -> HTTPAnswer? {
    var call = call
    call.readable = Self.doors.union([503])
    if let bypass { call.headers.append(("x-vercel-protection-bypass", bypass.reveal())) }
    let answer = try await transport.send(call, to: "the staged deployment")
    guard Self.doors.contains(answer.status), bypass == nil else { return answer }
    guard !mustAnswer else {
      throw VercelAPI.trouble(
        .rejected,
        "the staged deployment lets nobody in (\(answer.status)): give protection_bypass, or leave out staged: true")
    }
    return nil
  }

  private static let doors: Set = [301, 302, 303, 307, 308, 401, 403]

  private func address(of deployment: VercelDeployment, like url: String?) -> String? {
    guard let url, let parts = URLComponents(string: url), !deployment.url.isEmpty else { return nil }
    return scheme + deployment.url + parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
  }
}
