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

  /// Throws `rejected` when the deployment signs with another kid, is not ready, or answers with nothing that tells. What
  /// the app does not serve there (404) is not asked of it.
  func ask(_ deployment: VercelDeployment, kid: KeyID) async throws {
    do {
      let beacon = try await askBeacon(deployment, kid)
      let readiness = try await askReadiness(deployment)
      if mustAnswer, !beacon, !readiness {
        throw refusal(
          deployment, "serves neither the beacon nor the readiness at its own address, and staged: true wants it asked")
      }
    } catch let trouble as NeighbourTrouble where trouble.kind == .unusableAnswer {
      throw VercelAPI.trouble(.rejected, "\(deployment.id) \(trouble.detail)")
    }
  }

  /// False where nothing was told.
  private func askBeacon(_ deployment: VercelDeployment, _ kid: KeyID) async throws -> Bool {
    guard let url = address(of: deployment, like: beaconURL), let answer = try await answer(.get(url), of: deployment),
      answer.status != 404
    else { return false }
    guard answer.isSuccess else { throw refusal(deployment, "its beacon answers \(answer.status)") }
    guard let named = try answer.json(from: deployment.id)["kid"]?.string else {
      throw refusal(deployment, "its beacon names no kid")
    }
    guard named == kid.rawValue else {
      throw refusal(
        deployment,
        "signs with kid \(Redaction.line(named, limit: 140)), not \(kid): it did not take the variables that are set now"
          + " (where no redeploy does, deploy: hook helps)")
    }
    return true
  }

  private func askReadiness(_ deployment: VercelDeployment) async throws -> Bool {
    guard let url = address(of: deployment, like: readinessURL),
      let answer = try await answer(readinessSecret.map { .get(url).bearing($0) } ?? .get(url), of: deployment),
      answer.status != 404
    else { return false }
    guard answer.status == 200, try answer.json(from: deployment.id)["status"]?.string == "ready" else {
      throw refusal(deployment, "is not ready (its readiness answers \(answer.status))")
    }
    return true
  }

  private func refusal(_ deployment: VercelDeployment, _ words: String) -> NeighbourTrouble {
    VercelAPI.trouble(.rejected, "\(deployment.id) is built, and \(words)")
  }

  /// Nil where Deployment Protection keeps everybody out: 401, 403, or the way to a login.
  private func answer(_ call: HTTPCall, of deployment: VercelDeployment) async throws -> HTTPAnswer? {
    var call = call
    call.readable = Self.doors.union(500...599)
    if let bypass { call.headers.append(("x-vercel-protection-bypass", bypass.reveal())) }
    let answer = try await transport.send(call, to: "the staged deployment")
    guard Self.doors.contains(answer.status) else { return answer }
    guard bypass == nil else {
      throw refusal(
        deployment,
        "lets nobody in at its own address (\(answer.status)): see that protection_bypass is the project's"
          + (readinessSecret == nil ? "" : ", and readiness_secret the app's"))
    }
    guard !mustAnswer else {
      throw refusal(
        deployment, "lets nobody in (\(answer.status)): give protection_bypass, or leave out staged: true")
    }
    return nil
  }

  private static let doors: Set = [301, 302, 303, 307, 308, 401, 403]

  private func address(of deployment: VercelDeployment, like url: String?) -> String? {
    guard let url, let parts = URLComponents(string: url), !deployment.url.isEmpty else { return nil }
    return scheme + deployment.url + parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
  }
}
